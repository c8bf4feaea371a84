#pragma once
// How quantized weights lie in memory for the kernels: panels of 16 rows whose bytes are those of the file in another order.
//
// A line is one dword of each of the 16 rows, 64 bytes. A panel holds the lines of the first blocks of its rows, then those of
// the second blocks, and so on. Where a block's size is no multiple of four, its F16 scale is left out of the lines and
// stands after all of them, 32 bytes per block. Rows that fill no panel are followed by rows of zeros.

#include "CMillKernels.h"

enum { PANEL_ROWS = MILL_PANEL_ROWS, LINE_BYTES = 4 * PANEL_ROWS, HALVES_BYTES = 2 * PANEL_ROWS };

/// Panels that are read side by side for few tokens.
enum { MILL_STREAMS = 4 };

/// Lines of a block, its F16 scale apart.
static inline int mill_block_lines(int block_bytes) { return block_bytes / 4; }

/// One panel of weights.
typedef struct mill_panel {
    const uint8_t *lines;
    const uint8_t *halves;
} mill_panel;

/// The panel at `start`, of `blocks` blocks to a row.
static inline mill_panel mill_panel_at(const uint8_t *start, size_t blocks, int block_bytes) {
    return (mill_panel){start, start + blocks * (size_t)(mill_block_lines(block_bytes) * LINE_BYTES)};
}

/// Lays out up to 16 rows as one panel.
void mill_pack_panel(mill_dtype type, const uint8_t *rows, ptrdiff_t stride, size_t count, size_t k, uint8_t *panel);

/// A row of a matrix that lies as in the file.
static inline const uint8_t *mill_row_at(const mill_matrix *matrix, size_t row) {
    return (const uint8_t *)matrix->rows + (ptrdiff_t)row * matrix->row_stride;
}
