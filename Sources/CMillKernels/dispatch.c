// Which instruction sets this processor has, and the table of each.

#include "kernels.h"

bool mill_isa_available(mill_isa isa) {
    switch (isa) {
    case MILL_SCALAR: return true;
    default: return false;
    }
}

mill_isa mill_isa_best(void) {
    static const mill_isa preference[] = {
        MILL_AVX512_VNNI, MILL_AVX_VNNI, MILL_AVX512, MILL_AVX2, MILL_NEON_DOTPROD, MILL_NEON,
    };
    for (size_t i = 0; i < sizeof preference / sizeof *preference; i++) {
        if (mill_isa_available(preference[i])) return preference[i];
    }
    return MILL_SCALAR;
}

const mill_kernels *mill_kernels_for(mill_isa isa) {
    switch (isa) {
    default: return &mill_scalar_kernels;
    }
}
