// Counts copies of at least 4 KiB, preloaded into a program (LD_PRELOAD), and writes a JSON report when it exits.
//
// Counted: every call of memcpy, memmove, mempcpy, bcopy and their checked variants that goes through the dynamic
// linker, from the program, the Swift runtime and all shared libraries. Copies count as "inside" while their thread
// is in a region (mill_copy_counter_begin ... mill_copy_counter_end), else as "outside".
// Not counted: calls within libc itself (fread, qsort, realloc that moves), copies that the compiler expands in place
// (constant sizes, in practice below 256 bytes), loops that are no calls, copies by the kernel (read, write).
//
// MILL_COPY_COUNTER_OUT: where the report goes (standard error if unset).
// MILL_COPY_COUNTER_THRESHOLD: bytes from which on a copy counts (4096 if unset).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

enum { CALLER_LIMIT = 64 };

typedef struct {
    atomic_size_t count, bytes, largest;
} tally;

typedef struct {
    _Atomic(void *) address;
    atomic_size_t count, bytes;
} caller;

static tally inside, outside;
static atomic_size_t region_count, open_regions;
static caller callers[CALLER_LIMIT];
static size_t threshold = 4096;
static __thread int depth __attribute__((tls_model("initial-exec")));

typedef void *(*copy_function)(void *, const void *, size_t);
static _Atomic(copy_function) real_memcpy, real_memmove;

/// Used until the real functions are known; volatile keeps the compiler from turning it into a call of memmove.
static void *copy_bytes(void *target, const void *source, size_t count) {
    volatile uint8_t *to = target;
    const volatile uint8_t *from = source;
    if ((uintptr_t)to < (uintptr_t)from)
        for (size_t i = 0; i < count; i++) to[i] = from[i];
    else
        for (size_t i = count; i > 0; i--) to[i - 1] = from[i - 1];
    return target;
}

static void note_caller(void *address, size_t count) {
    for (int i = 0; i < CALLER_LIMIT; i++) {
        void *known = NULL;
        if (atomic_compare_exchange_strong(&callers[i].address, &known, address) || known == address) {
            atomic_fetch_add(&callers[i].count, 1);
            atomic_fetch_add(&callers[i].bytes, count);
            return;
        }
    }
}

/// Workers of the compute pool work for whoever is in a region.
static int is_worker(void) {
    char name[16] = "";
    return prctl(PR_GET_NAME, name) == 0 && strcmp(name, "mill-worker") == 0;
}

static void note(size_t count, void *address) {
    if (count < threshold) return;
    int is_inside = depth > 0 || (atomic_load(&open_regions) > 0 && is_worker());
    tally *sums = is_inside ? &inside : &outside;
    atomic_fetch_add(&sums->count, 1);
    atomic_fetch_add(&sums->bytes, count);
    size_t largest = atomic_load(&sums->largest);
    while (count > largest && !atomic_compare_exchange_weak(&sums->largest, &largest, count)) {}
    if (is_inside) note_caller(address, count);
}

static void *run(_Atomic(copy_function) *function, void *target, const void *source, size_t count, void *address) {
    note(count, address);
    copy_function real = atomic_load_explicit(function, memory_order_acquire);
    return (real ? real : copy_bytes)(target, source, count);
}

#define CALLER __builtin_return_address(0)

void *memcpy(void *target, const void *source, size_t count) { return run(&real_memcpy, target, source, count, CALLER); }

void *memmove(void *target, const void *source, size_t count) { return run(&real_memmove, target, source, count, CALLER); }

void *mempcpy(void *target, const void *source, size_t count) {
    return (char *)run(&real_memcpy, target, source, count, CALLER) + count;
}

void bcopy(const void *source, void *target, size_t count) { run(&real_memmove, target, source, count, CALLER); }

void *__memcpy_chk(void *target, const void *source, size_t count, size_t room) {
    if (count > room) abort();
    return run(&real_memcpy, target, source, count, CALLER);
}

void *__memmove_chk(void *target, const void *source, size_t count, size_t room) {
    if (count > room) abort();
    return run(&real_memmove, target, source, count, CALLER);
}

void *__mempcpy_chk(void *target, const void *source, size_t count, size_t room) {
    if (count > room) abort();
    return (char *)run(&real_memcpy, target, source, count, CALLER) + count;
}

/// The calling thread enters a region; regions nest.
void mill_copy_counter_begin(void) {
    depth += 1;
    atomic_fetch_add(&region_count, 1);
    atomic_fetch_add(&open_regions, 1);
}

void mill_copy_counter_end(void) {
    depth -= 1;
    atomic_fetch_sub(&open_regions, 1);
}

__attribute__((constructor)) static void start(void) {
    atomic_store_explicit(&real_memcpy, (copy_function)dlsym(RTLD_NEXT, "memcpy"), memory_order_release);
    atomic_store_explicit(&real_memmove, (copy_function)dlsym(RTLD_NEXT, "memmove"), memory_order_release);
    const char *text = getenv("MILL_COPY_COUNTER_THRESHOLD");
    if (text != NULL) threshold = strtoull(text, NULL, 10);
}

static void print_tally(FILE *out, const char *name, tally *sums) {
    fprintf(out, "  \"%s\": {\"count\": %zu, \"bytes\": %zu, \"largest\": %zu},\n", name, atomic_load(&sums->count),
            atomic_load(&sums->bytes), atomic_load(&sums->largest));
}

__attribute__((destructor)) static void report(void) {
    const char *path = getenv("MILL_COPY_COUNTER_OUT");
    FILE *out = path != NULL ? fopen(path, "w") : stderr;
    if (out == NULL) return;
    fprintf(out, "{\n  \"threshold\": %zu,\n  \"regions\": %zu,\n", threshold, atomic_load(&region_count));
    print_tally(out, "inside", &inside);
    print_tally(out, "outside", &outside);
    fprintf(out, "  \"callers_inside\": [");
    for (int i = 0; i < CALLER_LIMIT && atomic_load(&callers[i].address) != NULL; i++) {
        void *address = atomic_load(&callers[i].address);
        Dl_info info = {0};
        dladdr(address, &info);
        fprintf(out, "%s\n    {\"function\": \"%s\", \"file\": \"%s\", \"offset\": %zu, \"count\": %zu, \"bytes\": %zu}",
                i > 0 ? "," : "", info.dli_sname ? info.dli_sname : "?", info.dli_fname ? info.dli_fname : "?",
                info.dli_fbase ? (size_t)((char *)address - (char *)info.dli_fbase) : 0, atomic_load(&callers[i].count),
                atomic_load(&callers[i].bytes));
    }
    fprintf(out, "\n  ]\n}\n");
    if (out != stderr) fclose(out);
}
