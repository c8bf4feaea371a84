#pragma once
// The compiler's vector types of VECTOR_BYTES bytes.

#include <stdint.h>

// Every function that takes or returns these vectors is inlined, so how they would be passed does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

typedef uint8_t bytes __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t ints __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t uints __attribute__((vector_size(VECTOR_BYTES)));
typedef float floats __attribute__((vector_size(VECTOR_BYTES)));
typedef uint16_t shorts __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef _Float16 halves __attribute__((vector_size(VECTOR_BYTES / 2)));

// How far ahead of what is multiplied memory is asked for the weights of a single token.
#define PREFETCH_BYTES 3072
