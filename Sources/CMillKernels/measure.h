#pragma once
// The loops behind mill_measure_*: each keeps one unit of a core busy, and is written for every instruction set.

#include "CMillKernels.h"

/// Reads `bytes`, a multiple of 4096, and returns something that depends on all of them.
typedef uint64_t (*mill_read_loop)(const void *p, size_t bytes);
/// Carries out `steps` times the multiply-adds of one step; their results go to `sink`, 64 bytes.
typedef void (*mill_peak_loop)(size_t steps, void *sink);

/// One step of a loop that never waits for memory.
typedef struct mill_peak_step {
    mill_peak_loop loop;
    size_t multiply_adds;  // of one step
} mill_peak_step;

/// NULL in `loop` where the processor or the kernel has no such instructions.
mill_peak_step mill_peak_step_for(mill_isa isa, mill_peak peak);
mill_read_loop mill_read_loop_for(mill_isa isa);
