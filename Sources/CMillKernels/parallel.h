#pragma once
#include "CMillKernels.h"

/// Works on the items `begin ..< end`.
typedef void (*mill_range)(void *context, size_t begin, size_t end);

/// Divides `items` into chunks of whole multiples of `grain` items and runs them on the pool; inline when the whole
/// would take less time than waking another thread is worth. `cost` is one item's time on one core in nanoseconds, roughly.
void mill_parallel(const mill_context *context, size_t items, size_t grain, double cost, mill_range body, void *argument);
