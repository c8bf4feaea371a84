#pragma once
// The operand of LDTILECFG (Intel, Architecture Instruction Set Extensions Programming Reference, "Tile Configuration").

#include <stdint.h>

typedef struct mill_tile_shapes {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} __attribute__((aligned(64))) mill_tile_shapes;
