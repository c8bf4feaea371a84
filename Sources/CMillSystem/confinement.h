#pragma once

/// Lets the kernel refuse to the calling process everything that a program which only turns its input into output has no
/// need of: sockets, writing and changing files, other processes. Stays over exec. Returns 0 or -errno. Safe after a fork.
int mill_confine_calls(void);
