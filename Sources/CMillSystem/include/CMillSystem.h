// Thin shims over Linux calls that Swift cannot reach directly.
#pragma once
#include <stddef.h>

/// An anonymous shared-memory file of `size` bytes that is closed on exec; returns its descriptor, or -errno.
int mill_memfd_create(const char *name, size_t size);

/// Counts SIGINT and SIGTERM from now on instead of letting them end the program; returns an event descriptor that holds
/// how many came since it was last read, or -errno. A SIGINT that the program was started to ignore stays ignored.
int mill_count_interrupts(void);

/// The calling thread begins or ends a stretch of work that must copy no tensor. They tell the preloaded copy counter
/// (Tools/copy-counter) and do nothing where there is none.
void mill_copy_region_begin(void);
void mill_copy_region_end(void);
