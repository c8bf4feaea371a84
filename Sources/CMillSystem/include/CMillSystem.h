// Thin shims over Linux calls that Swift cannot reach directly.
#pragma once
#include <stddef.h>

/// An anonymous shared-memory file of `size` bytes that is closed on exec; returns its descriptor, or -errno.
int mill_memfd_create(const char *name, size_t size);
