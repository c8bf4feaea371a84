#pragma once
#include <stddef.h>

/// Which piece of a thread's scratch memory; pieces in use at the same time differ.
typedef enum mill_scratch_slot {
    MILL_SCRATCH_CALLER,  // held by the thread that called an operation, for all of its chunks
    MILL_SCRATCH_CHUNK,   // held within one chunk
    MILL_SCRATCH_KERNEL,  // held within one kernel call
    MILL_SCRATCH_ROWS,    // another one of those
    MILL_SCRATCH_COUNT
} mill_scratch_slot;

/// At least `bytes` bytes of this thread's own, aligned to 64, valid until the next call for the same slot; NULL when
/// memory is short. Kept for reuse and freed when the thread ends.
void *mill_scratch(mill_scratch_slot slot, size_t bytes);
