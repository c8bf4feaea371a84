#include "scratch.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct thread_scratch {
    void *memory[MILL_SCRATCH_COUNT];
    size_t bytes[MILL_SCRATCH_COUNT];
} thread_scratch;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int key_error;

static void release(void *pointer) {
    thread_scratch *scratch = pointer;
    for (int slot = 0; slot < MILL_SCRATCH_COUNT; slot++) free(scratch->memory[slot]);
    free(scratch);
}

static void make_key(void) { key_error = pthread_key_create(&key, release); }

void *mill_scratch(mill_scratch_slot slot, size_t bytes) {
    static _Thread_local thread_scratch *current;
    if (!current) {
        pthread_once(&once, make_key);
        if (key_error) return NULL;
        thread_scratch *fresh = calloc(1, sizeof *fresh);
        if (!fresh) return NULL;
        if (pthread_setspecific(key, fresh)) {
            free(fresh);
            return NULL;
        }
        current = fresh;
    }
    if (current->bytes[slot] < bytes) {
        size_t rounded = (bytes + bytes / 4 + 4095) & ~(size_t)4095;
        free(current->memory[slot]);
        current->bytes[slot] = 0;
        current->memory[slot] = rounded < bytes ? NULL : aligned_alloc(64, rounded);
        if (!current->memory[slot]) return NULL;
        current->bytes[slot] = rounded;
    }
    return current->memory[slot] ? current->memory[slot] : (void *)(size_t)64;
}
