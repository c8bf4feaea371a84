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

/// Opens a new file without a name in a folder, for the owner only; it is gone when it is closed unless it gets a name.
/// Returns its descriptor, or -errno.
int mill_open_unnamed(const char *folder);
/// Gives such a file a name that nothing has yet, in the same file system; returns 0 or -errno.
int mill_name_file(int descriptor, const char *path);
/// Takes room on the disk for `size` bytes of an empty file, which becomes as large; returns 0, also where the file system
/// cannot tell, or -errno.
int mill_reserve(int descriptor, size_t size);
/// Sets when an open file was last read to now; when it was changed stays. Returns 0 or -errno.
int mill_mark_read(int descriptor);

/// Lets the kernel refuse all sockets but those between programs of this machine, to all threads of this process and to
/// whatever it starts, for good. Returns 0, or -errno where the kernel cannot.
int mill_deny_network(void);
/// Tries that in a child process; returns 0, or -errno where it does not work.
int mill_check_network_denial(void);
