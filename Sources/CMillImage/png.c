#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

/// One decoding, with everything that must survive libpng's longjmp.
typedef struct {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t count, position;
    mill_image_status *status;
    char warning[128];
    uint8_t *row;
} png_job;

static void leave(png_structp png, png_const_charp message) {
    png_job *job = png_get_error_ptr(png);
    char text[256];
    // libpng says what is wrong in a warning and then only that something was.
    if (job->warning[0]) snprintf(text, sizeof text, "%s (%s)", message, job->warning);
    else snprintf(text, sizeof text, "%s", message);
    mill_set_message(job->status, text);
    job->status->byte_offset = job->position;
    job->status->code = MILL_IMAGE_DAMAGED;
    png_longjmp(png, 1);
}

static void hear(png_structp png, png_const_charp message) {
    png_job *job = png_get_error_ptr(png);
    snprintf(job->warning, sizeof job->warning, "%s", message);
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    png_job *job = png_get_io_ptr(png);
    if (count > job->count - job->position) {
        job->position = job->count;
        png_error(png, "the data end in the middle of a chunk");
    }
    memcpy(target, job->bytes + job->position, count);
    job->position += count;
}

static int refuse(png_job *job, int code, const char *message) {
    mill_set_message(job->status, message);
    job->status->byte_offset = job->position;
    return job->status->code = code;
}

static int open_job(png_job *job, const uint8_t *bytes, size_t count, mill_image_status *status) {
    memset(job, 0, sizeof *job);
    memset(status, 0, sizeof *status);
    job->bytes = bytes;
    job->count = count;
    job->status = status;
    job->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, job, leave, hear);
    if (job->png != NULL) job->info = png_create_info_struct(job->png);
    if (job->info == NULL) return refuse(job, MILL_IMAGE_OUT_OF_MEMORY, "no memory for the decoder");
    return MILL_IMAGE_OK;
}

static void close_job(png_job *job) {
    png_destroy_read_struct(&job->png, &job->info, NULL);
    free(job->row);
}

static int read_header(png_job *job, mill_image_header *header) {
    if (setjmp(png_jmpbuf(job->png))) return job->status->code;
    png_set_read_fn(job->png, job, read_bytes);
    // Dimensions are checked by the caller, who can say which limit was exceeded.
    png_set_user_limits(job->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    // Texts, profiles and whatever else does not change the pixels is skipped unread.
    png_set_keep_unknown_chunks(job->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(job->png, job->info);
    int kind = png_get_color_type(job->png, job->info);
    header->width = png_get_image_width(job->png, job->info);
    header->height = png_get_image_height(job->png, job->info);
    header->components = png_get_channels(job->png, job->info);
    if (kind == PNG_COLOR_TYPE_PALETTE) header->components = 3;
    header->bits_per_sample = png_get_bit_depth(job->png, job->info);
    header->is_progressive = png_get_interlace_type(job->png, job->info) != PNG_INTERLACE_NONE;
    header->has_alpha = (kind & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(job->png, job->info, PNG_INFO_tRNS) != 0;
    header->is_arithmetic = 0;
    return MILL_IMAGE_OK;
}

int mill_png_read_header(const uint8_t *bytes, size_t count, mill_image_header *header, mill_image_status *status) {
    png_job job;
    if (open_job(&job, bytes, count, status) == MILL_IMAGE_OK) read_header(&job, header);
    close_job(&job);
    return status->code;
}

/// Asks libpng for 8-bit RGB, or RGBA where the file has transparency.
static void set_transforms(png_job *job) {
    png_set_expand(job->png);
    png_set_strip_16(job->png);
    png_set_gray_to_rgb(job->png);
}

/// libpng writes each row where it belongs, in every pass of an interlaced file.
static void decode_rows_in_place(
    png_job *job, const mill_image_target *target, size_t height, int pass_count) {
    for (int pass = 0; pass < pass_count; pass++)
        for (size_t y = 0; y < height; y++) {
            png_read_row(job->png, target->pixels + (ptrdiff_t)y * target->row_stride, NULL);
            if (pass == pass_count - 1) job->status->row_count = y + 1;
        }
}

/// libpng writes one row, whose pixels then go to their places. In an interlaced file those of the pass do.
static void decode_rows_in_blocks(
    png_job *job, const mill_image_target *target, const mill_image_header *header, int pass_count) {
    mill_row_block block = {
        .samples = job->row, .row_byte_count = png_get_rowbytes(job->png, job->info),
        .kind = header->has_alpha ? SAMPLES_RGBA : SAMPLES_RGB, .row_count = 1, .column_step = 1, .width = header->width,
    };
    for (int pass = 0; pass < pass_count; pass++)
        for (size_t y = 0; y < header->height; y++) {
            png_read_row(job->png, job->row, NULL);
            if (pass == pass_count - 1) job->status->row_count = y + 1;
            if (pass_count > 1) {
                if (!PNG_ROW_IN_INTERLACE_PASS(y, pass)) continue;
                block.first_column = PNG_PASS_START_COL(pass);
                block.column_step = PNG_PASS_COL_OFFSET(pass);
            }
            block.first_row = y;
            mill_write_rows(target, &block);
        }
}

static int decode(
    png_job *job, const mill_image_options *options, const mill_image_header *header, const mill_image_target *target) {
    if (setjmp(png_jmpbuf(job->png))) return job->status->code;
    if (header->width != options->width || header->height != options->height)
        return refuse(job, MILL_IMAGE_DAMAGED, "the dimensions changed between reading the header and decoding");
    set_transforms(job);
    int pass_count = png_set_interlace_handling(job->png);
    png_read_update_info(job->png, job->info);
    size_t row_byte_count = png_get_rowbytes(job->png, job->info);
    if (row_byte_count != (size_t)header->width * (header->has_alpha ? 4 : 3))
        return refuse(job, MILL_IMAGE_UNSUPPORTED, "the samples do not convert to 8-bit RGB");
    if (row_byte_count > options->working_byte_limit / 4)
        return refuse(job, MILL_IMAGE_OVER_LIMIT, "one row needs more working memory than allowed");
    if (target->column_stride == 3 && !header->has_alpha) {
        decode_rows_in_place(job, target, header->height, pass_count);
    } else {
        job->row = calloc(row_byte_count, 1);
        if (job->row == NULL) return refuse(job, MILL_IMAGE_OUT_OF_MEMORY, "no memory for a row");
        decode_rows_in_blocks(job, target, header, pass_count);
    }
    png_read_end(job->png, NULL);
    return MILL_IMAGE_OK;
}

int mill_png_decode(
    const uint8_t *bytes, size_t count, const mill_image_options *options, const mill_image_target *target,
    mill_image_status *status
) {
    png_job job;
    mill_image_header header = {0};
    if (open_job(&job, bytes, count, status) == MILL_IMAGE_OK && read_header(&job, &header) == MILL_IMAGE_OK)
        decode(&job, options, &header, target);
    if (options->tolerates_damage && status->code == MILL_IMAGE_DAMAGED && header.width > 0 && status->row_count > 0)
        status->code = MILL_IMAGE_OK;
    close_job(&job);
    return status->code;
}
