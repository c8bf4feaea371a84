#pragma once
// The compute kernels and the worker pool behind MillCompute. Every operation is one call: it divides its work into
// chunks, runs them on the pool, and returns when all of them are done. Shapes and sizes are the caller's to check.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Element types of weights. Block layouts are those of GGML.
typedef enum mill_dtype {
    MILL_F32, MILL_F16, MILL_BF16, MILL_Q8_0, MILL_Q4_0, MILL_Q4_1, MILL_Q5_0, MILL_Q5_1,
    MILL_Q2_K, MILL_Q3_K, MILL_Q4_K, MILL_Q5_K, MILL_Q6_K, MILL_IQ4_NL, MILL_IQ4_XS,
    MILL_DTYPE_COUNT
} mill_dtype;

/// Elements per block, and bytes per block.
int mill_block_size(mill_dtype type);
int mill_block_bytes(mill_dtype type);

typedef enum mill_isa {
    MILL_SCALAR, MILL_AVX2, MILL_AVX_VNNI, MILL_AVX512, MILL_AVX512_VNNI, MILL_AVX512_BF16, MILL_AMX,
    MILL_NEON, MILL_NEON_DOTPROD, MILL_NEON_I8MM,
    MILL_ISA_COUNT
} mill_isa;

/// Whether this build and this processor have an instruction set.
bool mill_isa_available(mill_isa isa);
/// The fastest one available.
mill_isa mill_isa_best(void);

// --- Worker pool (pool.c) ---

typedef struct mill_pool mill_pool;
/// One chunk of a job: `index` of `0..<count`.
typedef void (*mill_chunk)(void *context, size_t index);

/// A pool in which a job runs on up to `threads` threads, the caller's among them. NULL when memory is short.
mill_pool *mill_pool_create(int threads);
/// Ends the workers. No job may be running.
void mill_pool_destroy(mill_pool *pool);
int mill_pool_threads(const mill_pool *pool);
/// How many threads besides the caller take part at present: fewer while other processes hold the cores.
int mill_pool_helpers(const mill_pool *pool);
/// Judges a job that took `spent` nanoseconds until `now` (monotonic), `lost` of them in waiting for threads without their
/// core: what `mill_pool_run` does after every job.
void mill_pool_judge(mill_pool *pool, int64_t now, int64_t spent, int64_t lost);
/// Calls `chunk` for every index below `count`, each exactly once, and returns when all calls have returned.
void mill_pool_run(mill_pool *pool, mill_chunk chunk, void *context, size_t count);
/// Processors that this thread may run on, according to its affinity mask.
int mill_affinity_count(void);

// --- Operations ---

typedef struct mill_context {
    mill_pool *pool;
    mill_isa isa;
    /// Quantize activations to 8 bits per block of 32 where the weights are quantized.
    bool int8_activations;
    /// Multiply Q8_0 weights in BF16 arithmetic, too, where that is faster for many tokens.
    bool bf16_q8;
} mill_context;

/// What an operation can report: 0 is success.
enum { MILL_OK = 0, MILL_NO_MEMORY = 1 };

/// Quantized weights are multiplied in panels of this many rows.
enum { MILL_PANEL_ROWS = 16 };

/// Bytes of a panel of `k` columns, a multiple of 64; 0 for types that are multiplied row by row.
size_t mill_panel_bytes(mill_dtype type, size_t k);
/// Lays out `m` rows as panels: the same bytes in another order. `panels` takes `(m + 15) / 16` of them and is aligned to 64.
void mill_pack(const mill_context *context, mill_dtype type, const void *rows, ptrdiff_t stride, size_t m, size_t k,
               void *panels);
/// One row out of panels, as the file has it.
void mill_unpack_row(mill_dtype type, const void *panels, size_t row, size_t k, void *out);

/// A matrix [m, k] of weights, and where a product with it goes.
typedef struct mill_matrix {
    const void *rows;        // `row_stride` bytes apart; NULL where there are panels
    ptrdiff_t row_stride;
    const void *panels;      // what mill_pack made of the rows, or NULL
    mill_dtype type;
    const float *bias;       // [m] or NULL
    float *y;                // [n, m], rows `y_stride` elements apart
    ptrdiff_t y_stride;
    size_t m;
} mill_matrix;

typedef struct mill_linear_job {
    const float *x;          // [n, k], rows `x_stride` elements apart
    ptrdiff_t x_stride;
    size_t n, k;
    const mill_matrix *matrices;
    size_t matrix_count;
} mill_linear_job;
/// y = x W^T + b for each of the matrices. They share the activations, and the threads that are free.
int mill_linear(const mill_context *context, const mill_linear_job *job);

/// One row of `k` elements as F32, bit-exact to the definition of its type.
void mill_dequantize_row(mill_isa isa, mill_dtype type, const void *row, float *out, size_t k);
/// Whether mill_quantize makes a type.
bool mill_can_quantize(mill_dtype type);
/// `n` rows of `k` elements in another type. `importance` is NULL or says for each of the `k` columns how much its errors weigh.
void mill_quantize(const mill_context *context, mill_dtype type, const float *x, const float *importance, size_t n, size_t k,
                   void *out);
/// out[i] = table[ids[i]].
void mill_embed(const mill_context *context, mill_dtype type, const void *table, ptrdiff_t row_stride, size_t k,
                const int32_t *ids, size_t n, float *out);

void mill_rms_norm(const mill_context *context, const float *x, const float *weight, float epsilon, float *y, size_t n, size_t k);
void mill_layer_norm(const mill_context *context, const float *x, const float *weight, const float *bias, float epsilon,
                     float *y, size_t n, size_t k);
void mill_softmax(const mill_context *context, float *x, size_t n, size_t k);

typedef struct mill_rope_job {
    float *x;                    // [n, heads, head_size], tokens and heads that many elements apart
    ptrdiff_t token_stride, head_stride;
    const int32_t *positions;    // [n]
    const float *frequencies;    // [pairs]
    size_t n, heads, pairs;
    bool interleaved;            // pair (2j, 2j+1), otherwise (j, j + pairs)
    float scale;                 // of cosine and sine
} mill_rope_job;
int mill_rope(const mill_context *context, const mill_rope_job *job);

/// The keys and values of one sequence and layer as F32, F16, BF16 or Q8_0.
///
/// Each key head has its keys in one piece: sixteen tokens after sixteen, each [d, 16] (Q8_0: for each 32 of d the F16 scales
/// of the sixteen, then [32, 16] bytes), and its values in another: [capacity, d].
typedef struct mill_cache {
    mill_dtype type;
    void *keys, *values;         // heads * capacity rows of mill_cached_row_bytes bytes each
    size_t heads, capacity, d;   // capacity is a multiple of 16; d one of 32 for Q8_0
} mill_cache;
/// Bytes of `d` elements.
size_t mill_cached_row_bytes(mill_dtype type, size_t d);

typedef struct mill_store_job {
    const mill_cache *cache;
    size_t start, n;             // the tokens start ..< start + n of the cache
    float *k;                    // [n, cache->heads, d]: rotated in place
    const float *v;              // [n, cache->heads, d]
    ptrdiff_t k_token, k_head, v_token, v_head;  // strides in elements
    const int32_t *positions;    // as in mill_rope_job
    const float *frequencies;
    size_t pairs;
    bool interleaved;
    float scale;
    float *q;                    // [n, heads, d] or NULL: rotated in place
    ptrdiff_t q_token, q_head;
    size_t heads;
} mill_store_job;
/// Rotates keys and queries, and writes keys and values rounded to the cache's type, each token for itself.
int mill_store(const mill_context *context, const mill_store_job *job);

typedef struct mill_attention_job {
    const float *q, *k, *v;      // [n, heads, d], [t, kv_heads, d], [t, kv_heads, dv]; the last dimension is dense
    const mill_cache *cache;     // or NULL; takes the place of k and v, dv is d
    float *out;                  // [n, heads, dv]
    ptrdiff_t q_token, q_head, k_token, k_head, v_token, v_head, out_token, out_head;  // strides in elements
    size_t n, t, heads, kv_heads, d, dv;
    bool causal;
    size_t offset;               // causal: query i sees keys 0...offset + i
    size_t window;               // causal: only the last so many of them; 0 for all
    float scale;
} mill_attention_job;
int mill_attention(const mill_context *context, const mill_attention_job *job);

typedef enum mill_gelu_kind { MILL_GELU_TANH, MILL_GELU_ERF, MILL_GELU_QUICK } mill_gelu_kind;
void mill_gelu(const mill_context *context, float *x, size_t count, mill_gelu_kind kind);
void mill_silu_mul(const mill_context *context, const float *gate, const float *up, float *y, size_t count);
void mill_silu(const mill_context *context, float *x, size_t count);
void mill_sigmoid(const mill_context *context, float *x, size_t count);
void mill_tanh(const mill_context *context, float *x, size_t count);
/// y += scale * x.
void mill_add_scaled(const mill_context *context, const float *x, float scale, float *y, size_t count);
/// y[rows[i]] += scales[i] * x[i] for rows of `k` elements; no row twice.
void mill_add_scaled_rows(const mill_context *context, const float *x, const float *scales, const int32_t *rows, size_t n, size_t k,
                          float *y);
/// y *= x.
void mill_multiply(const mill_context *context, const float *x, float *y, size_t count);

typedef struct mill_convolution_job {
    const void *x;               // [height, width, channels] F32 or U8; rows `x_row` elements apart
    ptrdiff_t x_row;
    bool x_is_u8;                // then x * x_scale[c] + x_shift[c]; padding is 0 after that
    const float *x_scale, *x_shift;  // [channels]
    size_t height, width, channels;
    const float *weight;         // [out_channels, kernel_height, kernel_width, channels]
    const float *bias;           // [out_channels] or NULL
    size_t out_channels, kernel_height, kernel_width;
    size_t stride, padding;
    float *y;                    // [out_height, out_width, out_channels]
    size_t out_height, out_width;
} mill_convolution_job;
int mill_convolution(const mill_context *context, const mill_convolution_job *job);

// --- What the machine can do at most (measure.c) ---

/// Multiply-adds that never wait for memory.
typedef enum mill_peak {
    MILL_PEAK_INT8,       // bytes, with what the instruction set has for them
    MILL_PEAK_F32,
    MILL_PEAK_BF16,       // AVX-512 BF16 or ARM64's, where the processor has them
    MILL_PEAK_TILE_INT8,  // AMX, where the processor has it
    MILL_PEAK_TILE_BF16
} mill_peak;

/// Bytes per second that the pool's threads read together from a buffer of `bytes`: the best of several passes. 0 when
/// memory is short.
double mill_measure_read(const mill_context *context, size_t bytes);
/// Multiply-adds per second on the pool's threads together: the best of several passes. 0 where there are none such.
double mill_measure_peak(const mill_context *context, mill_peak peak);
/// Nanoseconds of each of `count` jobs of `chunks` chunks without work, one after the other.
void mill_measure_jobs(mill_pool *pool, size_t chunks, int64_t *spent, size_t count);

// --- Content hashes (sha256.c) ---

/// SHA-256; `plain` leaves the processor's own instructions for it aside.
void mill_sha256(bool plain, const void *data, size_t count, uint8_t digest[32]);
/// The digests of all pieces of `piece` bytes, the last of which may be shorter, 32 bytes each.
void mill_sha256_pieces(const mill_context *context, const void *data, size_t count, size_t piece, uint8_t *digests);

#ifdef __cplusplus
}
#endif
