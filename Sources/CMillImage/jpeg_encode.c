// stdio.h first: jpeglib.h uses FILE without including it.
#define _GNU_SOURCE
#include <stdio.h>

#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "CMillImage.h"

/// One encoding, with everything that must survive libjpeg's longjmp.
typedef struct {
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    jmp_buf escape;
    unsigned char *file;
    unsigned long size;
} encoding;

static void leave(j_common_ptr info) { longjmp(((encoding *)info->client_data)->escape, 1); }
static void stay_silent(j_common_ptr info) { (void)info; }

int mill_jpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, ptrdiff_t row_stride, int quality, uint8_t **file, size_t *count) {
    encoding job;
    memset(&job, 0, sizeof job);
    job.info.err = jpeg_std_error(&job.errors);
    job.info.client_data = &job;
    job.errors.error_exit = leave;
    job.errors.output_message = stay_silent;
    if (setjmp(job.escape)) {
        jpeg_destroy_compress(&job.info);
        free(job.file);
        return MILL_IMAGE_OUT_OF_MEMORY;
    }
    jpeg_create_compress(&job.info);
    jpeg_mem_dest(&job.info, &job.file, &job.size);
    job.info.image_width = width;
    job.info.image_height = height;
    job.info.input_components = 3;
    job.info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&job.info);
    jpeg_set_quality(&job.info, quality, TRUE);
    jpeg_start_compress(&job.info, TRUE);
    while (job.info.next_scanline < height) {
        // The encoder reads the row only.
        JSAMPROW row = (JSAMPROW)(pixels + (ptrdiff_t)job.info.next_scanline * row_stride);
        jpeg_write_scanlines(&job.info, &row, 1);
    }
    jpeg_finish_compress(&job.info);
    jpeg_destroy_compress(&job.info);
    *file = job.file;
    *count = job.size;
    return MILL_IMAGE_OK;
}

void mill_jpeg_free(uint8_t *file, size_t count) {
    if (file != NULL) explicit_bzero(file, count);
    free(file);
}
