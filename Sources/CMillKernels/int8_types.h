// How the blocks of each type are read for a whole panel; the layouts are those of unpack.h.

INLINE void load_nibbles(const uint8_t *p, ptrdiff_t stride, bytes *q) {
    bytes both[4];
    gather_four(p, stride, both);
    UNROLL
    for (int i = 0; i < 4; i++) {
        q[i] = both[i] & 15;
        q[4 + i] = both[i] >> 4;
    }
}

// Adds `bit` of the 32 bytes at p as the fifth bit of each element.
INLINE void add_fifth_bits(const uint8_t *p, ptrdiff_t stride, int bit, bytes *q) {
    bytes high[8];
    gather_four(p, stride, high);
    gather_four(p + 16, stride, high + 4);
    UNROLL
    for (int i = 0; i < 8; i++) q[i] |= (high[i] >> (uint8_t)bit & 1) << 4;
}

INLINE void prepare_half(const uint8_t *block, ptrdiff_t stride, block_scales *scales) {
    scales->scale[0][0] = gather_halves(block, stride);
}
INLINE void prepare_half_and_min(const uint8_t *block, ptrdiff_t stride, block_scales *scales) {
    scales->scale[0][0] = gather_halves(block, stride);
    scales->min[0] = gather_halves(block + 2, stride);
}

#define prepare_q8_0 prepare_half
INLINE void load_q8_0(const uint8_t *block, ptrdiff_t stride, int g, bytes *q) {
    (void)g;
    gather_four(block + 2, stride, q);
    gather_four(block + 18, stride, q + 4);
    UNROLL
    for (int i = 0; i < 8; i++) q[i] ^= 0x80;
}

#define prepare_q4_0 prepare_half
INLINE void load_q4_0(const uint8_t *block, ptrdiff_t stride, int g, bytes *q) {
    (void)g;
    load_nibbles(block + 2, stride, q);
}

#define prepare_q4_1 prepare_half_and_min
INLINE void load_q4_1(const uint8_t *block, ptrdiff_t stride, int g, bytes *q) {
    (void)g;
    load_nibbles(block + 4, stride, q);
}

#define prepare_iq4_nl prepare_half
INLINE void load_iq4(const uint8_t *p, ptrdiff_t stride, bytes *q) {
    load_nibbles(p, stride, q);
    UNROLL
    for (int i = 0; i < 8; i++) q[i] = lookup16(unpack_iq4_values, q[i]);
}
INLINE void load_iq4_nl(const uint8_t *block, ptrdiff_t stride, int g, bytes *q) {
    (void)g;
    load_iq4(block + 2, stride, q);
}

INLINE void prepare_q4_k(const uint8_t *block, ptrdiff_t stride, block_scales *scales) {
    // d, dmin and twelve bytes of six-bit scales and minima.
    ints head[4];
    gather_dwords(block, stride, head);
    floats d = low_halves(head[0]), dmin = high_halves(head[0]);
    ints low_scales = head[1] & 0x3f3f3f3f, low_mins = head[2] & 0x3f3f3f3f;
    ints high_scales = (head[3] & 0x0f0f0f0f) | (head[1] >> 2 & 0x30303030);
    ints high_mins = (head[3] >> 4 & 0x0f0f0f0f) | (head[2] >> 2 & 0x30303030);
    UNROLL
    for (int g = 0; g < 4; g++) {
        scales->scale[g][0] = d * byte_of(low_scales, g);
        scales->scale[4 + g][0] = d * byte_of(high_scales, g);
        scales->min[g] = -(dmin * byte_of(low_mins, g));
        scales->min[4 + g] = -(dmin * byte_of(high_mins, g));
    }
}
INLINE void load_k_nibbles(const uint8_t *p, ptrdiff_t stride, int g, bytes *q) {
    gather_four(p + 32 * (g >> 1), stride, q);
    gather_four(p + 32 * (g >> 1) + 16, stride, q + 4);
    UNROLL
    for (int i = 0; i < 8; i++) q[i] = g & 1 ? q[i] >> 4 : q[i] & 15;
}
INLINE void load_q4_k(const uint8_t *block, ptrdiff_t stride, int g, bytes *q) { load_k_nibbles(block + 16, stride, g, q); }

#define prepare_q5_k prepare_q4_k
INLINE void load_q5_k(const uint8_t *block, ptrdiff_t stride, int g, bytes *q) {
    load_k_nibbles(block + 48, stride, g, q);
    add_fifth_bits(block + 16, stride, g, q);
}

INLINE void prepare_q6_k(const uint8_t *block, ptrdiff_t stride, block_scales *scales) {
    ints all[4];
    gather_dwords(block + 192, stride, all);
    floats d = gather_halves(block + 208, stride);
    UNROLL
    for (int i = 0; i < 16; i++) scales->scale[i >> 1][i & 1] = d * signed_byte_of(all[i >> 2], i & 3);
}
INLINE void load_q6_k(const uint8_t *block, ptrdiff_t stride, int g, bytes *q) {
    const int part = g & 3;
    const uint8_t *low = block + 64 * (g >> 2) + 32 * (part & 1), *high = block + 128 + 32 * (g >> 2);
    bytes bits[8];
    gather_four(low, stride, q);
    gather_four(low + 16, stride, q + 4);
    gather_four(high, stride, bits);
    gather_four(high + 16, stride, bits + 4);
    UNROLL
    for (int i = 0; i < 8; i++) q[i] = (part >> 1 ? q[i] >> 4 : q[i] & 15) | (bits[i] >> (uint8_t)(2 * part) & 3) << 4;
}

// Types that are read one row after the other.
#define BY_ROWS(NAME)                                                                                                  \
    INLINE void prepare_##NAME(const uint8_t *block, ptrdiff_t stride, block_scales *scales) {                         \
        for (int g = 0; g < packing_##NAME.groups; g++) {                                                              \
            for (int r = 0; r < ROWS; r++) {                                                                           \
                mill_group part;                                                                                       \
                unpack_##NAME(block + r * stride, g, &part);                                                           \
                scales->scale[g][0][r] = part.scale[0];                                                                \
                if (packing_##NAME.has_halves) scales->scale[g][1][r] = part.scale[1];                                 \
                if (packing_##NAME.has_min) scales->min[g][r] = part.min;                                              \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
    INLINE void load_##NAME(const uint8_t *block, ptrdiff_t stride, int g, bytes *q) {                                 \
        mill_group parts[ROWS];                                                                                        \
        for (int r = 0; r < ROWS; r++) unpack_##NAME(block + r * stride, g, &parts[r]);                                \
        gather_four(parts[0].q, sizeof(mill_group), q);                                                                \
        gather_four(parts[0].q + 16, sizeof(mill_group), q + 4);                                                       \
    }
BY_ROWS(q5_0)
BY_ROWS(q5_1)
BY_ROWS(q3_k)
BY_ROWS(iq4_xs)
#undef BY_ROWS
