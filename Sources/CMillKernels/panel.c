// Weights from the file's rows to panels, and back.

#include "panel.h"

#include <string.h>

#include "parallel.h"

// Where a block's dwords begin and where the F16 lies that fills no dword: in front in small blocks, at the end in large ones.
typedef struct block_places {
    int bytes, lines, dwords, half;
    bool has_half;
} block_places;

static block_places places_of(mill_dtype type) {
    int bytes = mill_block_bytes(type);
    bool has_half = bytes % 4 == 2, in_front = has_half && mill_block_size(type) == 32;
    return (block_places){bytes, mill_block_lines(bytes), in_front ? 2 : 0, in_front ? 0 : bytes - 2, has_half};
}

size_t mill_panel_bytes(mill_dtype type, size_t k) {
    if (type <= MILL_BF16 || type >= MILL_DTYPE_COUNT) return 0;
    size_t bytes = k / (size_t)mill_block_size(type) * (size_t)mill_block_bytes(type) * PANEL_ROWS;
    return (bytes + 63) / 64 * 64;
}

void mill_pack_panel(mill_dtype type, const uint8_t *rows, ptrdiff_t stride, size_t count, size_t k, uint8_t *panel) {
    const block_places places = places_of(type);
    const size_t blocks = k / (size_t)mill_block_size(type);
    uint8_t *lines = panel, *halves = panel + blocks * (size_t)(places.lines * LINE_BYTES);
    // What no weight fills is zero, so that the same weights always give the same bytes.
    size_t used = count < PANEL_ROWS ? 0 : blocks * (size_t)(places.bytes * PANEL_ROWS);
    memset(panel + used, 0, mill_panel_bytes(type, k) - used);
    for (size_t b = 0; b < blocks; b++, lines += places.lines * LINE_BYTES, halves += HALVES_BYTES) {
        for (size_t r = 0; r < count; r++) {
            const uint8_t *block = rows + (ptrdiff_t)r * stride + b * (size_t)places.bytes;
            for (int l = 0; l < places.lines; l++) memcpy(lines + l * LINE_BYTES + 4 * r, block + places.dwords + 4 * l, 4);
            if (places.has_half) memcpy(halves + 2 * r, block + places.half, 2);
        }
    }
}

void mill_unpack_row(mill_dtype type, const void *panels, size_t row, size_t k, void *out) {
    const block_places places = places_of(type);
    const size_t blocks = k / (size_t)mill_block_size(type), r = row % PANEL_ROWS;
    const uint8_t *panel = (const uint8_t *)panels + row / PANEL_ROWS * mill_panel_bytes(type, k);
    const mill_panel from = mill_panel_at(panel, blocks, places.bytes);
    for (size_t b = 0; b < blocks; b++) {
        const uint8_t *lines = from.lines + b * (size_t)(places.lines * LINE_BYTES);
        uint8_t *block = (uint8_t *)out + b * (size_t)places.bytes;
        for (int l = 0; l < places.lines; l++) memcpy(block + places.dwords + 4 * l, lines + l * LINE_BYTES + 4 * r, 4);
        if (places.has_half) memcpy(block + places.half, from.halves + b * HALVES_BYTES + 2 * r, 2);
    }
}

typedef struct pack_state {
    mill_dtype type;
    const uint8_t *rows;
    ptrdiff_t stride;
    size_t m, k, panel_bytes;
    uint8_t *panels;
} pack_state;

static void pack_chunk(void *argument, size_t begin, size_t end) {
    const pack_state *state = argument;
    for (size_t p = begin; p < end; p++) {
        size_t row = p * PANEL_ROWS, left = state->m - row;
        mill_pack_panel(
            state->type, state->rows + (ptrdiff_t)row * state->stride, state->stride, left < PANEL_ROWS ? left : PANEL_ROWS,
            state->k, state->panels + p * state->panel_bytes);
    }
}

void mill_pack(const mill_context *context, mill_dtype type, const void *rows, ptrdiff_t stride, size_t m, size_t k,
               void *panels) {
    pack_state state = {type, rows, stride, m, k, mill_panel_bytes(type, k), panels};
    mill_parallel(context, (m + PANEL_ROWS - 1) / PANEL_ROWS, 1, (double)state.panel_bytes * 0.5, pack_chunk, &state);
}
