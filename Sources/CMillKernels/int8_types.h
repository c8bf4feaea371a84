// How the blocks of each type are read out of a panel; what the bytes mean is in unpack.h.
//
// `p` is the first line of a block, `halves` its F16 scales where they stand apart; both at the slice's first row.

INLINE bytes line(const uint8_t *p, int l) {
    bytes v;
    memcpy(&v, p + l * LINE_BYTES, sizeof v);
    return v;
}
INLINE ints dwords(const uint8_t *p, int l) { return (ints)line(p, l); }

INLINE floats halves_to_floats(shorts bits) { return __builtin_convertvector((halves)bits, floats); }
INLINE floats load_halves(const uint8_t *p) {
    shorts bits;
    memcpy(&bits, p, sizeof bits);
    return halves_to_floats(bits);
}
INLINE floats low_halves(ints v) { return halves_to_floats(__builtin_convertvector((uints)v & 0xffff, shorts)); }
INLINE floats high_halves(ints v) { return halves_to_floats(__builtin_convertvector((uints)v >> 16, shorts)); }
#ifndef BYTE_OF
#define BYTE_OF(v, i) ((ints)((uints)(v) >> (8 * (i)) & 0xff))
#endif
INLINE ints byte_of(ints v, int i) { return BYTE_OF(v, i); }
INLINE ints signed_byte_of(ints v, int i) { return (v << (24 - 8 * i)) >> 24; }
INLINE floats to_floats(ints v) { return __builtin_convertvector(v, floats); }

// The bits of `mask` in every byte, `left` places further up; what crosses into another byte must not be in the mask.
INLINE bytes bits_moved(bytes v, const int left, const uint8_t mask) {
    return (bytes)(left < 0 ? (uints)v >> -left : (uints)v << left) & mask;
}

INLINE void load_nibbles(const uint8_t *p, int first, bytes *q) {
    UNROLL
    for (int i = 0; i < 4; i++) {
        bytes both = line(p, first + i);
        q[i] = both & 15;
        q[4 + i] = both >> 4;
    }
}

// Adds the 32 bits of every row's dword as the fifth bits of its elements.
INLINE void add_fifth_bits(ints bits, bytes *q) {
    UNROLL
    for (int i = 0; i < 8; i++) {
        uints four = (uints)bits >> (4 * i) & 15;
        uints spread = (four | four << 7 | four << 14 | four << 21) & 0x01010101;
        q[i] |= (bytes)(spread << 4);
    }
}

INLINE void prepare_half(const uint8_t *p, const uint8_t *halves, block_scales *scales) {
    (void)p;
    scales->scale[0][0] = load_halves(halves);
}
INLINE void prepare_half_and_min(const uint8_t *p, const uint8_t *halves, block_scales *scales) {
    (void)halves;
    scales->scale[0][0] = low_halves(dwords(p, 0));
    scales->min[0][0] = high_halves(dwords(p, 0));
}

#define prepare_q8_0 prepare_half
INLINE void load_q8_0(const uint8_t *p, int g, bytes *q) {
    (void)g;
    UNROLL
    for (int i = 0; i < 8; i++) q[i] = line(p, i) ^ 0x80;
}

#define prepare_q4_0 prepare_half
INLINE void load_q4_0(const uint8_t *p, int g, bytes *q) {
    (void)g;
    load_nibbles(p, 0, q);
}

#define prepare_q4_1 prepare_half_and_min
INLINE void load_q4_1(const uint8_t *p, int g, bytes *q) {
    (void)g;
    load_nibbles(p, 1, q);
}

#define prepare_q5_0 prepare_half
INLINE void load_q5_0(const uint8_t *p, int g, bytes *q) {
    (void)g;
    load_nibbles(p, 1, q);
    add_fifth_bits(dwords(p, 0), q);
}

#define prepare_q5_1 prepare_half_and_min
INLINE void load_q5_1(const uint8_t *p, int g, bytes *q) {
    (void)g;
    load_nibbles(p, 2, q);
    add_fifth_bits(dwords(p, 1), q);
}

INLINE void prepare_q2_k(const uint8_t *p, const uint8_t *halves, block_scales *scales) {
    (void)halves;
    floats d = low_halves(dwords(p, 20)), dmin = high_halves(dwords(p, 20));
    UNROLL
    for (int i = 0; i < 16; i++) {
        ints both = byte_of(dwords(p, i >> 2), i & 3);
        scales->scale[i >> 1][i & 1] = d * to_floats(both & 15);
        scales->min[i >> 1][i & 1] = -(dmin * to_floats(both >> 4));
    }
}
INLINE void load_q2_k(const uint8_t *p, int g, bytes *q) {
    UNROLL
    for (int i = 0; i < 8; i++) q[i] = bits_moved(line(p, 4 + 8 * (g >> 2) + i), -2 * (g & 3), 3);
}

INLINE void prepare_q3_k(const uint8_t *p, const uint8_t *halves, block_scales *scales) {
    floats d = load_halves(halves);
    ints high_bits = dwords(p, 26);
    UNROLL
    for (int i = 0; i < 16; i++) {
        ints low = byte_of(dwords(p, 24 + (i >> 2 & 1)), i & 3) >> (i < 8 ? 0 : 4) & 15;
        ints high = (ints)((uints)high_bits >> (8 * (i & 3) + 2 * (i >> 2)) & 3);
        scales->scale[i >> 1][i & 1] = d * to_floats((low | high << 4) - 32);
    }
}
INLINE void load_q3_k(const uint8_t *p, int g, bytes *q) {
    UNROLL
    for (int i = 0; i < 8; i++) {
        bytes low = bits_moved(line(p, 8 + 8 * (g >> 2) + i), -2 * (g & 3), 3);
        q[i] = low | bits_moved(line(p, i), 2 - g, 4);
    }
}

// d, dmin and twelve bytes of six-bit scales and minima.
INLINE void prepare_q4_k(const uint8_t *p, const uint8_t *halves, block_scales *scales) {
    (void)halves;
    floats d = low_halves(dwords(p, 0)), dmin = -high_halves(dwords(p, 0));
    ints first = dwords(p, 1), second = dwords(p, 2), third = dwords(p, 3);
    ints low_scales = first & 0x3f3f3f3f, low_mins = second & 0x3f3f3f3f;
    ints high_scales = (third & 0x0f0f0f0f) | (first >> 2 & 0x30303030);
    ints high_mins = (third >> 4 & 0x0f0f0f0f) | (second >> 2 & 0x30303030);
    UNROLL
    for (int g = 0; g < 4; g++) {
        scales->scale[g][0] = d * to_floats(byte_of(low_scales, g));
        scales->scale[4 + g][0] = d * to_floats(byte_of(high_scales, g));
        scales->min[g][0] = dmin * to_floats(byte_of(low_mins, g));
        scales->min[4 + g][0] = dmin * to_floats(byte_of(high_mins, g));
    }
}
INLINE void load_k_nibbles(const uint8_t *p, int first, int g, bytes *q) {
    UNROLL
    for (int i = 0; i < 8; i++) {
        bytes both = line(p, first + 8 * (g >> 1) + i);
        q[i] = g & 1 ? both >> 4 : both & 15;
    }
}
INLINE void load_q4_k(const uint8_t *p, int g, bytes *q) { load_k_nibbles(p, 4, g, q); }

#define prepare_q5_k prepare_q4_k
INLINE void load_q5_k(const uint8_t *p, int g, bytes *q) {
    load_k_nibbles(p, 12, g, q);
    UNROLL
    for (int i = 0; i < 8; i++) q[i] |= bits_moved(line(p, 4 + i), 4 - g, 16);
}

INLINE void prepare_q6_k(const uint8_t *p, const uint8_t *halves, block_scales *scales) {
    floats d = load_halves(halves);
    UNROLL
    for (int i = 0; i < 16; i++) {
        scales->scale[i >> 1][i & 1] = d * to_floats(signed_byte_of(dwords(p, 48 + (i >> 2)), i & 3));
    }
}
INLINE void load_q6_k(const uint8_t *p, int g, bytes *q) {
    const int part = g & 3, low = 16 * (g >> 2) + 8 * (part & 1), high = 32 + 8 * (g >> 2);
    UNROLL
    for (int i = 0; i < 8; i++) {
        bytes both = line(p, low + i);
        q[i] = bits_moved(both, part >> 1 ? -4 : 0, 15) | bits_moved(line(p, high + i), 4 - 2 * part, 48);
    }
}

#define prepare_iq4_nl prepare_half
INLINE void load_iq4(const uint8_t *p, int first, bytes *q) {
    load_nibbles(p, first, q);
    UNROLL
    for (int i = 0; i < 8; i++) q[i] = lookup16(unpack_iq4_values, q[i]);
}
INLINE void load_iq4_nl(const uint8_t *p, int g, bytes *q) {
    (void)g;
    load_iq4(p, 0, q);
}

INLINE void prepare_iq4_xs(const uint8_t *p, const uint8_t *halves, block_scales *scales) {
    (void)halves;
    floats d = low_halves(dwords(p, 0));
    UNROLL
    for (int g = 0; g < 8; g++) {
        ints low = (ints)((uints)dwords(p, 1) >> (4 * g) & 15), high = (ints)((uints)dwords(p, 0) >> (16 + 2 * g) & 3);
        scales->scale[g][0] = d * to_floats((low | high << 4) - 32);
    }
}
INLINE void load_iq4_xs(const uint8_t *p, int g, bytes *q) { load_iq4(p, 2 + 4 * g, q); }
