// JPEG and PNG decoding over libjpeg-turbo and libpng, and image resampling.
//
// Nothing here traps or leaves by longjmp: the libraries' errors become return codes with their message.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum {
    MILL_IMAGE_OK = 0,
    /// The data break the format's rules or end too early.
    MILL_IMAGE_DAMAGED = 1,
    /// The data are valid, but of a kind that is not decoded.
    MILL_IMAGE_UNSUPPORTED = 2,
    /// Decoding would need more working memory than the limit allows, or more scans than any honest file has.
    MILL_IMAGE_OVER_LIMIT = 3,
    MILL_IMAGE_OUT_OF_MEMORY = 4,
};

/// How a call ended. `message` is the library's own and empty on success.
typedef struct {
    int code;
    /// Bytes of input that had been read when decoding stopped.
    size_t byte_offset;
    /// Complete rows that had been written when decoding stopped (for interlaced PNG: 0 until the last pass).
    size_t row_count;
    char message[256];
} mill_image_status;

/// What the header says.
typedef struct {
    /// Pixels as stored, before EXIF orientation.
    uint32_t width, height;
    /// Colour components as stored: 1 grey, 3 RGB or YCbCr, 4 CMYK, YCCK or RGBA; a palette counts as its entries' kind.
    int components;
    int bits_per_sample;
    int is_progressive;
    int has_alpha;
    /// Arithmetic instead of Huffman coding (JPEG).
    int is_arithmetic;
} mill_image_header;

/// Where decoded pixels go. Strides are signed distances in bytes, so that a picture is turned while it is written.
typedef struct {
    /// Takes the pixel that is stored first.
    uint8_t *pixels;
    /// From a stored pixel to the one on its right, and to the one below.
    ptrdiff_t column_stride, row_stride;
    /// Takes the alpha samples; NULL composites transparent pixels over `background`.
    uint8_t *alpha;
    ptrdiff_t alpha_column_stride, alpha_row_stride;
    uint8_t background[3];
} mill_image_target;

typedef struct {
    /// The header's dimensions, which the target was made for.
    uint32_t width, height;
    /// Upper bound of the decoder's own memory, in bytes.
    size_t working_byte_limit;
    /// Nonzero goes on after damaged data and reports the first damage in the message.
    int tolerates_damage;
} mill_image_options;

int mill_jpeg_read_header(const uint8_t *bytes, size_t count, mill_image_header *header, mill_image_status *status);
int mill_jpeg_decode(
    const uint8_t *bytes, size_t count, const mill_image_options *options, const mill_image_target *target,
    mill_image_status *status);

/// Encodes RGB8 rows as a baseline JPEG file, which the caller gives to mill_jpeg_free(). Returns 0, or
/// MILL_IMAGE_OUT_OF_MEMORY.
int mill_jpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, ptrdiff_t row_stride, int quality, uint8_t **file, size_t *count);
void mill_jpeg_free(uint8_t *file, size_t count);

int mill_png_read_header(const uint8_t *bytes, size_t count, mill_image_header *header, mill_image_status *status);
int mill_png_decode(
    const uint8_t *bytes, size_t count, const mill_image_options *options, const mill_image_target *target,
    mill_image_status *status);

enum { MILL_FILTER_BOX, MILL_FILTER_BILINEAR, MILL_FILTER_BICUBIC, MILL_FILTER_LANCZOS };

/// A resampling job: the source is scaled to `scaled_width` x `scaled_height`, of which the window is computed.
typedef struct {
    /// RGB8; strides in bytes, the three samples of a pixel lie together.
    const uint8_t *source;
    uint32_t source_width, source_height;
    ptrdiff_t source_row_stride, source_pixel_stride;
    int filter;
    uint32_t scaled_width, scaled_height;
    uint32_t window_x, window_y, window_width, window_height;
    /// Nonzero avoids this processor's vector instructions; the result is the same.
    int is_portable;
} mill_resize_job;

/// Where normalised values go: pixel (x, y), channel c lands at
/// `values[(y / side) * tile_row_stride + (x / side) * tile_column_stride + (y % side) * row_stride
///  + (x % side) * column_stride + c * channel_stride]`, strides in elements.
typedef struct {
    float *values;
    /// 256 values per channel: what a sample becomes.
    const float *table;
    uint32_t side;
    size_t tile_row_stride, tile_column_stride, row_stride, column_stride, channel_stride;
    /// Where the window's first pixel lands.
    uint32_t x, y;
} mill_float_target;

/// Resamples to RGB8 rows; returns 0, or MILL_IMAGE_OUT_OF_MEMORY.
int mill_resize_u8(const mill_resize_job *job, uint8_t *target, ptrdiff_t target_row_stride);

/// Resamples and normalises in one pass; returns 0, or MILL_IMAGE_OUT_OF_MEMORY.
int mill_resize_f32(const mill_resize_job *job, const mill_float_target *target);

/// Writes one colour (as RGB8) to the rectangle of `width` x `height` pixels at the target's place.
void mill_fill_f32(const mill_float_target *target, uint32_t width, uint32_t height, const uint8_t colour[3]);
