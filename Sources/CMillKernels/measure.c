// What this machine can do at most: reading memory, multiplying in registers, and handing out work.

#define _GNU_SOURCE
#include "measure.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { PASSES = 8, READ_CHUNK = 1 << 18, PEAK_CHUNKS_PER_THREAD = 8 };
// A chunk of multiply-adds takes about this long: long against handing it out, short against losing a core.
static const double peak_chunk_nanoseconds = 400000;

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// --- Memory ---

typedef struct reading {
    mill_read_loop loop;
    const uint8_t *buffer;
    size_t bytes;
    _Atomic uint64_t sum;
} reading;

static void read_chunk(void *context, size_t index) {
    reading *r = context;
    size_t begin = index * READ_CHUNK, left = r->bytes - begin;
    uint64_t sum = r->loop(r->buffer + begin, left < READ_CHUNK ? left : READ_CHUNK);
    atomic_fetch_add_explicit(&r->sum, sum, memory_order_relaxed);
}

typedef struct filling {
    uint8_t *buffer;
    size_t bytes;
} filling;

// The threads that will read touch the pages first, so that these lie near them.
static void fill_chunk(void *context, size_t index) {
    const filling *f = context;
    size_t begin = index * READ_CHUNK, left = f->bytes - begin;
    memset(f->buffer + begin, (int)(index % 251), left < READ_CHUNK ? left : READ_CHUNK);
}

double mill_measure_read(const mill_context *context, size_t bytes) {
    bytes &= ~(size_t)4095;
    if (!bytes) return 0;
    uint8_t *buffer = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffer == MAP_FAILED) return 0;
    // Fewer misses of the address translation; where the kernel has no large pages the small ones do.
    madvise(buffer, bytes, MADV_HUGEPAGE);
    size_t chunks = (bytes + READ_CHUNK - 1) / READ_CHUNK;
    filling f = {buffer, bytes};
    mill_pool_run(context->pool, fill_chunk, &f, chunks);
    reading r = {mill_read_loop_for(context->isa), buffer, bytes, 0};
    int64_t best = INT64_MAX;
    for (int pass = 0; pass < PASSES; pass++) {
        int64_t start = nanoseconds();
        mill_pool_run(context->pool, read_chunk, &r, chunks);
        int64_t spent = nanoseconds() - start;
        best = spent < best ? spent : best;
    }
    munmap(buffer, bytes);
    return best > 0 ? (double)bytes / (double)best * 1e9 : 0;
}

// --- Multiply-adds ---

typedef struct working {
    mill_peak_loop loop;
    size_t steps;
} working;

static void peak_chunk(void *context, size_t index) {
    (void)index;
    const working *w = context;
    _Alignas(64) uint8_t sink[64];
    w->loop(w->steps, sink);
}

double mill_measure_peak(const mill_context *context, mill_peak peak) {
    mill_peak_step step = mill_peak_step_for(context->isa, peak);
    if (!step.loop) return 0;
    // As many steps as take long enough, found on the calling thread.
    working w = {step.loop, 1 << 10};
    for (;;) {
        int64_t start = nanoseconds();
        peak_chunk(&w, 0);
        double spent = (double)(nanoseconds() - start);
        if (spent >= peak_chunk_nanoseconds / 2 || w.steps >> 40) break;
        w.steps *= 2;
    }
    size_t chunks = (size_t)mill_pool_threads(context->pool) * PEAK_CHUNKS_PER_THREAD;
    int64_t best = INT64_MAX;
    for (int pass = 0; pass < PASSES; pass++) {
        int64_t start = nanoseconds();
        mill_pool_run(context->pool, peak_chunk, &w, chunks);
        int64_t spent = nanoseconds() - start;
        best = spent < best ? spent : best;
    }
    double all = (double)step.multiply_adds * (double)w.steps * (double)chunks;
    return best > 0 ? all / (double)best * 1e9 : 0;
}

// --- Jobs ---

static void nothing(void *context, size_t index) {
    (void)context;
    (void)index;
}

void mill_measure_jobs(mill_pool *pool, size_t chunks, int64_t *spent, size_t count) {
    for (size_t job = 0; job < count; job++) {
        int64_t start = nanoseconds();
        mill_pool_run(pool, nothing, NULL, chunks);
        spent[job] = nanoseconds() - start;
    }
}
