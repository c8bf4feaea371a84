#define _GNU_SOURCE
#include "CMillKernels.h"

#include <sched.h>
#include <stdlib.h>

struct mill_pool {
    int threads;
};

mill_pool *mill_pool_create(int threads) {
    mill_pool *pool = calloc(1, sizeof *pool);
    if (pool) pool->threads = threads < 1 ? 1 : threads;
    return pool;
}

void mill_pool_destroy(mill_pool *pool) { free(pool); }

int mill_pool_threads(const mill_pool *pool) { return pool ? pool->threads : 1; }

void mill_pool_run(mill_pool *pool, mill_chunk chunk, void *context, size_t count) {
    (void)pool;
    for (size_t i = 0; i < count; i++) chunk(context, i);
}

int mill_affinity_count(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}
