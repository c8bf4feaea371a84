// stdio.h first: jpeglib.h uses FILE without including it.
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

enum {
    /// Progressive files have about ten scans; hundreds only serve to burn time.
    SCAN_LIMIT = 100,
    /// Rows that are decoded before they are written turned, so that a target row gets more than one pixel at a time.
    BLOCK_ROWS = 16,
};

/// One decoding, with everything that must survive libjpeg's longjmp.
typedef struct {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    mill_image_status *status;
    size_t byte_count;
    int tolerates_damage;
    uint8_t *block;
} jpeg_job;

static size_t bytes_read(const jpeg_job *job) {
    return job->info.src == NULL ? 0 : job->byte_count - job->info.src->bytes_in_buffer;
}

static void note_message(jpeg_job *job) {
    char text[JMSG_LENGTH_MAX];
    job->errors.format_message((j_common_ptr)&job->info, text);
    mill_set_message(job->status, text);
    job->status->byte_offset = bytes_read(job);
}

static int code_of(int message) {
    switch (message) {
    case JERR_NO_BACKING_STORE:
    case JERR_OUT_OF_MEMORY:
        return MILL_IMAGE_OVER_LIMIT;
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_SOF_UNSUPPORTED:
    case JERR_NOT_COMPILED:
    case JERR_ARITH_NOTIMPL:
        return MILL_IMAGE_UNSUPPORTED;
    default:
        return MILL_IMAGE_DAMAGED;
    }
}

static void leave(j_common_ptr info) {
    jpeg_job *job = info->client_data;
    note_message(job);
    job->status->code = code_of(job->errors.msg_code);
    longjmp(job->escape, 1);
}

/// Warnings that leave every pixel as it was meant.
static int is_harmless(int message) {
    return message == JWRN_EXTRANEOUS_DATA || message == JWRN_JFIF_MAJOR || message == JWRN_ADOBE_XFORM;
}

static void hear(j_common_ptr info, int level) {
    jpeg_job *job = info->client_data;
    if (level >= 0 || is_harmless(job->errors.msg_code)) return;
    if (!job->tolerates_damage) leave(info);
    if (job->errors.num_warnings++ == 0) note_message(job);
}

static void count_scans(j_common_ptr info) {
    jpeg_job *job = info->client_data;
    if (job->info.input_scan_number <= SCAN_LIMIT) return;
    mill_set_message(job->status, "more than 100 scans");
    job->status->byte_offset = bytes_read(job);
    job->status->code = MILL_IMAGE_OVER_LIMIT;
    longjmp(job->escape, 1);
}

static int refuse(jpeg_job *job, int code, const char *message) {
    mill_set_message(job->status, message);
    job->status->byte_offset = bytes_read(job);
    return job->status->code = code;
}

static int read_header(jpeg_job *job, const uint8_t *bytes) {
    if (setjmp(job->escape)) return job->status->code;
    jpeg_create_decompress(&job->info);
    jpeg_mem_src(&job->info, bytes, job->byte_count);
    jpeg_read_header(&job->info, TRUE);
    int components = job->info.num_components;
    if (components != 1 && components != 3 && components != 4)
        return refuse(job, MILL_IMAGE_UNSUPPORTED, "the number of colour components is not 1, 3 or 4");
    return MILL_IMAGE_OK;
}

static void open_job(jpeg_job *job, size_t count, mill_image_status *status, int tolerates_damage) {
    memset(job, 0, sizeof *job);
    memset(status, 0, sizeof *status);
    job->status = status;
    job->byte_count = count;
    job->tolerates_damage = tolerates_damage;
    job->info.err = jpeg_std_error(&job->errors);
    job->info.client_data = job;
    job->errors.error_exit = leave;
    job->errors.emit_message = hear;
}

static void close_job(jpeg_job *job) {
    jpeg_destroy_decompress(&job->info);
    free(job->block);
}

int mill_jpeg_read_header(const uint8_t *bytes, size_t count, mill_image_header *header, mill_image_status *status) {
    jpeg_job job;
    open_job(&job, count, status, 1);
    if (read_header(&job, bytes) == MILL_IMAGE_OK) {
        header->width = job.info.image_width;
        header->height = job.info.image_height;
        header->components = job.info.num_components;
        header->bits_per_sample = job.info.data_precision;
        header->is_progressive = jpeg_has_multiple_scans(&job.info) ? 1 : 0;
        header->has_alpha = 0;
        header->is_arithmetic = job.info.arith_code ? 1 : 0;
    }
    close_job(&job);
    return status->code;
}

/// libjpeg writes each row where it belongs.
static void decode_rows_in_place(jpeg_job *job, const mill_image_target *target) {
    while (job->info.output_scanline < job->info.output_height) {
        JSAMPROW row = target->pixels + (ptrdiff_t)job->info.output_scanline * target->row_stride;
        jpeg_read_scanlines(&job->info, &row, 1);
        job->status->row_count = job->info.output_scanline;
    }
}

/// libjpeg writes a few rows, whose pixels then go to their places.
static void decode_rows_in_blocks(jpeg_job *job, const mill_image_target *target, mill_sample_kind kind) {
    size_t row_byte_count = (size_t)job->info.output_width * (size_t)job->info.output_components;
    while (job->info.output_scanline < job->info.output_height) {
        size_t first = job->info.output_scanline, count = 0;
        while (count < BLOCK_ROWS && job->info.output_scanline < job->info.output_height) {
            JSAMPROW row = job->block + count * row_byte_count;
            jpeg_read_scanlines(&job->info, &row, 1);
            count = job->info.output_scanline - first;
        }
        mill_row_block block = {
            .samples = job->block, .row_byte_count = row_byte_count, .kind = kind, .first_row = first, .row_count = count,
            .first_column = 0, .column_step = 1, .width = job->info.output_width,
        };
        mill_write_rows(target, &block);
        job->status->row_count = job->info.output_scanline;
    }
}

static int decode(jpeg_job *job, const mill_image_options *options, const mill_image_target *target) {
    if (setjmp(job->escape)) return job->status->code;
    if (job->info.image_width != options->width || job->info.image_height != options->height)
        return refuse(job, MILL_IMAGE_DAMAGED, "the dimensions changed between reading the header and decoding");
    job->progress.progress_monitor = count_scans;
    job->info.progress = &job->progress;
    job->info.mem->max_memory_to_use = (long)options->working_byte_limit;
    int has_four_colours = job->info.num_components == 4;
    job->info.out_color_space = has_four_colours ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&job->info);
    if (job->info.output_width != options->width || job->info.output_height != options->height)
        return refuse(job, MILL_IMAGE_UNSUPPORTED, "the output would be scaled");
    if (target->column_stride == 3 && !has_four_colours) {
        decode_rows_in_place(job, target);
        return MILL_IMAGE_OK;
    }
    job->block = malloc((size_t)job->info.output_width * (size_t)job->info.output_components * BLOCK_ROWS);
    if (job->block == NULL) return refuse(job, MILL_IMAGE_OUT_OF_MEMORY, "no memory for a block of rows");
    decode_rows_in_blocks(job, target, has_four_colours ? SAMPLES_INVERTED_CMYK : SAMPLES_RGB);
    return MILL_IMAGE_OK;
}

int mill_jpeg_decode(
    const uint8_t *bytes, size_t count, const mill_image_options *options, const mill_image_target *target,
    mill_image_status *status
) {
    jpeg_job job;
    open_job(&job, count, status, options->tolerates_damage);
    if (read_header(&job, bytes) == MILL_IMAGE_OK) decode(&job, options, target);
    if (options->tolerates_damage && status->code == MILL_IMAGE_DAMAGED && status->row_count > 0) status->code = MILL_IMAGE_OK;
    // Without jpeg_finish_decompress: all rows are there, and a missing end marker takes nothing from them.
    close_job(&job);
    return status->code;
}
