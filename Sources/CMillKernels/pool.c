// Persistent worker threads that share jobs chunk by chunk.
//
// A job lives in a slot. Its ticket holds the slot's generation and the next chunk to be taken; whoever increments the
// ticket owns that chunk. A worker that reads the ticket of a finished job cannot take anything from the next job in
// the same slot, because the generation differs: so nobody has to wait for a worker that never took a chunk, and a
// worker that loses its core holds up at most the one chunk it has taken.
//
// The caller works on its own job and waits only for chunks that others have taken. Workers take one chunk from each
// active job in turn, which shares them fairly between concurrent callers. A chunk may itself run a job: waiting
// follows the nesting, so it cannot close a circle.
//
// Whoever finds nothing to do spins for some microseconds, since the next operation of a model usually follows at
// once, and then sleeps on a futex.
//
// Where other processes hold the cores, waiting for descheduled workers would cost more than they help. The pool
// measures that waiting and lets fewer workers take part while it is great, trying now and then whether one more pays.
//
// After fork() the child has no workers; its jobs run on the calling thread.

#define _GNU_SOURCE
#include "CMillKernels.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 32, MAX_THREADS = 256, SPIN_NANOSECONDS = 25000 };
// Waiting for workers is judged after this much time in jobs; more than a fifth of it is too much.
#define WINDOW_NANOSECONDS 10000000
// How long one worker less takes part before it is tried again: doubled by every failure.
#define SHORTEST_PAUSE 50000000
#define LONGEST_PAUSE 2000000000
// The ticket of a slot without a job.
#define CLOSED 0xffffffffu

typedef struct slot {
    _Alignas(64) _Atomic uint64_t ticket;  // generation << 32 | next chunk
    _Atomic(mill_chunk) chunk;
    _Atomic(void *) context;
    _Atomic uint32_t count;
    _Alignas(64) _Atomic uint32_t done;  // chunks finished; a futex
    _Atomic bool waiting;                // the caller sleeps on `done`
} slot;

struct mill_pool {
    slot slots[SLOTS];
    _Alignas(64) _Atomic uint32_t occupied;  // slots that belong to a caller
    _Atomic uint32_t active;                 // slots that may have chunks left
    _Alignas(64) _Atomic uint32_t epoch;     // counts jobs; a futex
    _Atomic uint32_t sleepers;
    _Atomic bool stopping;
    _Alignas(64) _Atomic uint32_t helpers;  // workers that may take part; the others sleep on it
    _Atomic int64_t busy, lost;             // nanoseconds in jobs, and of these waiting for workers without their core
    _Atomic int64_t pause, next_trial;
    int workers;
    pid_t process;
    pthread_t threads[MAX_THREADS];
};

typedef struct worker_start {
    mill_pool *pool;
    uint32_t index;
} worker_start;

static void futex_wait(_Atomic uint32_t *word, uint32_t expected) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, int count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Waits a short time for `word` to differ from `value`.
static bool spin_while_equal(_Atomic uint32_t *word, uint32_t value) {
    int64_t deadline = nanoseconds() + SPIN_NANOSECONDS;
    do {
        for (int i = 0; i < 32; i++) {
            if (atomic_load_explicit(word, memory_order_acquire) != value) return true;
            relax();
        }
    } while (nanoseconds() < deadline);
    return false;
}

// Takes a chunk of whatever job is in the slot and works on it.
static bool work_on(slot *s) {
    uint64_t ticket = atomic_load_explicit(&s->ticket, memory_order_acquire);
    for (;;) {
        mill_chunk chunk = atomic_load_explicit(&s->chunk, memory_order_acquire);
        void *context = atomic_load_explicit(&s->context, memory_order_acquire);
        uint32_t count = atomic_load_explicit(&s->count, memory_order_acquire);
        uint32_t index = (uint32_t)ticket;
        if (index >= count) return false;
        // Success proves that the job was not replaced while its description was read.
        if (!atomic_compare_exchange_weak_explicit(
                &s->ticket, &ticket, ticket + 1, memory_order_acq_rel, memory_order_acquire)) {
            continue;
        }
        chunk(context, index);
        if (atomic_fetch_add_explicit(&s->done, 1, memory_order_seq_cst) + 1 == count &&
            atomic_load_explicit(&s->waiting, memory_order_seq_cst)) {
            futex_wake(&s->done, 1);
        }
        return true;
    }
}

static bool work_on_any(mill_pool *pool, unsigned *turn) {
    uint32_t active = atomic_load_explicit(&pool->active, memory_order_acquire);
    for (unsigned i = 0; active && i < SLOTS; i++) {
        unsigned index = (*turn + i) % SLOTS;
        if (active >> index & 1 && work_on(&pool->slots[index])) {
            *turn = index + 1;
            return true;
        }
    }
    return false;
}

static void *worker(void *argument) {
    worker_start start = *(worker_start *)argument;
    free(argument);
    mill_pool *pool = start.pool;
    unsigned turn = 0;
    for (;;) {
        // The words to sleep on are read first: a stop that comes after them changes them.
        uint32_t epoch = atomic_load_explicit(&pool->epoch, memory_order_acquire);
        uint32_t helpers = atomic_load_explicit(&pool->helpers, memory_order_acquire);
        if (atomic_load_explicit(&pool->stopping, memory_order_acquire)) break;
        if (start.index >= helpers) {
            futex_wait(&pool->helpers, helpers);
            continue;
        }
        if (work_on_any(pool, &turn) || spin_while_equal(&pool->epoch, epoch)) continue;
        atomic_fetch_add_explicit(&pool->sleepers, 1, memory_order_seq_cst);
        if (atomic_load_explicit(&pool->epoch, memory_order_seq_cst) == epoch) futex_wait(&pool->epoch, epoch);
        atomic_fetch_sub_explicit(&pool->sleepers, 1, memory_order_seq_cst);
    }
    return NULL;
}

static void set_helpers(mill_pool *pool, uint32_t helpers) {
    atomic_store_explicit(&pool->helpers, helpers, memory_order_release);
    futex_wake(&pool->helpers, pool->workers);
}

// Concurrent callers may both get here; either's decision will do.
void mill_pool_judge(mill_pool *pool, int64_t now, int64_t spent, int64_t lost) {
    lost += atomic_fetch_add_explicit(&pool->lost, lost, memory_order_relaxed);
    int64_t busy = spent + atomic_fetch_add_explicit(&pool->busy, spent, memory_order_relaxed);
    if (busy < WINDOW_NANOSECONDS) return;
    atomic_store_explicit(&pool->busy, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->lost, 0, memory_order_relaxed);
    uint32_t helpers = atomic_load_explicit(&pool->helpers, memory_order_relaxed), workers = (uint32_t)pool->workers;
    int64_t pause = atomic_load_explicit(&pool->pause, memory_order_relaxed);
    if (lost > busy / 5 && helpers > 0) {
        pause = pause * 2 < LONGEST_PAUSE ? pause * 2 : LONGEST_PAUSE;
        atomic_store_explicit(&pool->next_trial, now + pause, memory_order_relaxed);
        set_helpers(pool, helpers - 1);
    } else if (helpers == workers) {
        pause = pause / 2 > SHORTEST_PAUSE ? pause / 2 : SHORTEST_PAUSE;
    } else if (now >= atomic_load_explicit(&pool->next_trial, memory_order_relaxed)) {
        atomic_store_explicit(&pool->next_trial, now + pause, memory_order_relaxed);
        set_helpers(pool, helpers + 1);
    }
    atomic_store_explicit(&pool->pause, pause, memory_order_relaxed);
}

static slot *take_slot(mill_pool *pool) {
    uint32_t occupied = atomic_load_explicit(&pool->occupied, memory_order_relaxed);
    while (~occupied) {
        int index = __builtin_ctz(~occupied);
        if (atomic_compare_exchange_weak_explicit(
                &pool->occupied, &occupied, occupied | 1u << index, memory_order_acquire, memory_order_relaxed)) {
            return &pool->slots[index];
        }
    }
    return NULL;
}

static void set_generation(slot *s, uint32_t next) {
    uint64_t generation = (atomic_load_explicit(&s->ticket, memory_order_relaxed) >> 32) + 1;
    atomic_store_explicit(&s->ticket, generation << 32 | next, memory_order_release);
}

static void publish(mill_pool *pool, slot *s, mill_chunk chunk, void *context, uint32_t count) {
    atomic_store_explicit(&s->done, 0, memory_order_relaxed);
    atomic_store_explicit(&s->waiting, false, memory_order_relaxed);
    // Released, so that whoever sees these also sees that the last job's ticket was closed.
    atomic_store_explicit(&s->chunk, chunk, memory_order_release);
    atomic_store_explicit(&s->context, context, memory_order_release);
    atomic_store_explicit(&s->count, count, memory_order_release);
    set_generation(s, 0);
    atomic_fetch_or_explicit(&pool->active, 1u << (s - pool->slots), memory_order_release);
    atomic_fetch_add_explicit(&pool->epoch, 1, memory_order_seq_cst);
    uint32_t sleepers = atomic_load_explicit(&pool->sleepers, memory_order_seq_cst);
    if (sleepers) futex_wake(&pool->epoch, (int)(count - 1 < sleepers ? count - 1 : sleepers));
}

static void wait_until_done(slot *s, uint32_t count) {
    for (;;) {
        uint32_t done = atomic_load_explicit(&s->done, memory_order_seq_cst);
        if (done == count) return;
        if (spin_while_equal(&s->done, done)) continue;
        atomic_store_explicit(&s->waiting, true, memory_order_seq_cst);
        done = atomic_load_explicit(&s->done, memory_order_seq_cst);
        if (done != count) futex_wait(&s->done, done);
        atomic_store_explicit(&s->waiting, false, memory_order_relaxed);
    }
}

void mill_pool_run(mill_pool *pool, mill_chunk chunk, void *context, size_t count) {
    slot *s = pool && pool->workers && count > 1 && count < CLOSED ? take_slot(pool) : NULL;
    if (!s) {
        for (size_t i = 0; i < count; i++) chunk(context, i);
        return;
    }
    int64_t start = nanoseconds();
    publish(pool, s, chunk, context, (uint32_t)count);
    int64_t own = 0;
    while (work_on(s)) own++;
    int64_t left = nanoseconds();
    wait_until_done(s, (uint32_t)count);
    int64_t end = nanoseconds();
    uint32_t bit = 1u << (s - pool->slots);
    atomic_fetch_and_explicit(&pool->active, ~bit, memory_order_relaxed);
    set_generation(s, CLOSED);
    atomic_fetch_and_explicit(&pool->occupied, ~bit, memory_order_release);

    // A chunk that others took last may rightly take as long as the caller's own did; what exceeds that is lost.
    int64_t lost = own ? end - left - (left - start) / own * 3 / 2 : 0;
    mill_pool_judge(pool, end, end - start, lost > SPIN_NANOSECONDS ? lost : 0);
}

mill_pool *mill_pool_create(int threads) {
    size_t bytes = (sizeof(mill_pool) + 63) / 64 * 64;
    mill_pool *pool = aligned_alloc(64, bytes);
    if (!pool) return NULL;
    for (int i = 0; i < SLOTS; i++) {
        slot *s = &pool->slots[i];
        atomic_init(&s->ticket, CLOSED);
        atomic_init(&s->chunk, NULL);
        atomic_init(&s->context, NULL);
        atomic_init(&s->count, 0);
        atomic_init(&s->done, 0);
        atomic_init(&s->waiting, false);
    }
    atomic_init(&pool->occupied, 0);
    atomic_init(&pool->active, 0);
    atomic_init(&pool->epoch, 0);
    atomic_init(&pool->sleepers, 0);
    atomic_init(&pool->stopping, false);
    atomic_init(&pool->helpers, MAX_THREADS);
    atomic_init(&pool->busy, 0);
    atomic_init(&pool->lost, 0);
    atomic_init(&pool->pause, SHORTEST_PAUSE);
    atomic_init(&pool->next_trial, 0);
    pool->workers = 0;
    pool->process = getpid();

    // Signals are for the threads of the program, not for workers.
    sigset_t all, previous;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous);
    pthread_t *started = pool->threads;
    for (int i = 1; i < threads && i <= MAX_THREADS; i++) {
        worker_start *start = malloc(sizeof *start);
        if (!start) break;
        *start = (worker_start){pool, (uint32_t)i - 1};
        if (pthread_create(started, NULL, worker, start)) {
            free(start);
            break;
        }
        pthread_setname_np(*started++, "mill-worker");
    }
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    pool->workers = (int)(started - pool->threads);
    atomic_store_explicit(&pool->helpers, (uint32_t)pool->workers, memory_order_release);
    return pool;
}

void mill_pool_destroy(mill_pool *pool) {
    if (pool->process == getpid()) {
        atomic_store_explicit(&pool->stopping, true, memory_order_release);
        atomic_fetch_add_explicit(&pool->epoch, 1, memory_order_seq_cst);
        futex_wake(&pool->epoch, pool->workers);
        set_helpers(pool, MAX_THREADS);
        for (int i = 0; i < pool->workers; i++) pthread_join(pool->threads[i], NULL);
    }
    free(pool);
}

int mill_pool_threads(const mill_pool *pool) { return pool ? pool->workers + 1 : 1; }

int mill_pool_helpers(const mill_pool *pool) {
    return pool ? (int)atomic_load_explicit(&pool->helpers, memory_order_relaxed) : 0;
}

int mill_affinity_count(void) {
    // The mask grows with the machine; the kernel refuses one that is too short.
    for (int processors = 1024; processors <= 1 << 18; processors *= 4) {
        cpu_set_t *set = CPU_ALLOC(processors);
        if (!set) break;
        size_t bytes = CPU_ALLOC_SIZE(processors);
        int count = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
        int error = errno;
        CPU_FREE(set);
        if (count) return count;
        if (error != EINVAL) break;
    }
    return 1;
}
