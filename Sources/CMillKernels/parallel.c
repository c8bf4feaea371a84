#include "parallel.h"

// Below this much work a second thread gains nothing: waking one costs some microseconds.
static const double inline_nanoseconds = 15000;
// Chunks are not cut smaller than this, so that taking one from the shared counter stays cheap.
static const double chunk_nanoseconds = 4000;
// Chunks per thread: a thread that loses its core delays the others by at most one of these.
static const size_t chunks_per_thread = 8;

typedef struct ranges {
    mill_range body;
    void *argument;
    size_t items, grain, units, chunks;
} ranges;

static void run_chunk(void *context, size_t index) {
    const ranges *r = context;
    size_t begin = r->units * index / r->chunks * r->grain, end = r->units * (index + 1) / r->chunks * r->grain;
    r->body(r->argument, begin, end < r->items ? end : r->items);
}

void mill_parallel(const mill_context *context, size_t items, size_t grain, double cost, mill_range body, void *argument) {
    if (!items) return;
    double total = cost * (double)items;
    size_t threads = (size_t)mill_pool_threads(context->pool);
    size_t units = (items + grain - 1) / grain;
    if (threads == 1 || units == 1 || total < inline_nanoseconds) {
        body(argument, 0, items);
        return;
    }
    size_t chunks = threads * chunks_per_thread;
    if ((double)chunks > total / chunk_nanoseconds) chunks = (size_t)(total / chunk_nanoseconds);
    if (chunks > units) chunks = units;
    if (chunks < 2) chunks = 2;
    ranges r = {body, argument, items, grain, units, chunks};
    mill_pool_run(context->pool, run_chunk, &r, chunks);
}
