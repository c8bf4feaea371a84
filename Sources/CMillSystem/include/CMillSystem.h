// Thin shims over Linux calls that Swift cannot reach directly.
#pragma once
#include <stddef.h>
#include <stdint.h>

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

/// Takes the chance of a core dump from this process: none is written, and other programs of the same user cannot read its
/// memory. Returns 0 or -errno.
int mill_forbid_core_dumps(void);

/// Private memory of whole pages that core dumps leave out, zeroed; NULL if there is none. Given back wiped.
void *mill_secret_allocate(size_t size);
void mill_secret_free(void *memory, size_t size);
/// An anonymous file of `size` bytes, mapped at `*memory`, that core dumps leave out and that nobody else can write or change
/// in size: what a confined program reads. Returns its descriptor, which closes on exec, or -errno.
int mill_secret_file(const char *name, size_t size, void **memory);

/// A descriptor that becomes readable when eight bytes are written to it and closes on exec, or -errno.
int mill_event(void);

/// What a confined program may use.
typedef struct {
    /// Seconds of the processor.
    unsigned cpu_seconds;
    /// Bytes of address space.
    size_t memory_bytes;
    /// Bytes of standard output that are taken before the program is killed.
    size_t output_bytes;
    /// Milliseconds from the start after which it is killed.
    int deadline;
} mill_confined_limits;

/// A program to run by itself: without network, without files to write, without children, killed with the thread that runs it.
typedef struct {
    /// Absolute.
    const char *path;
    /// Both end with NULL; the first argument is the program's name.
    char *const *arguments;
    char *const *environment;
    /// Descriptors of anonymous files that it reads as standard input and as descriptors 3 and 4; -1 for none.
    int standard_input, input3, input4;
    /// An event descriptor that becomes readable when it is to be killed; -1 for none.
    int cancellation;
    mill_confined_limits limits;
} mill_confined_job;

enum {
    /// `code` is the exit status.
    MILL_CONFINED_EXITED,
    /// `code` is the signal.
    MILL_CONFINED_KILLED,
    /// `code` is an errno.
    MILL_CONFINED_NOT_STARTED,
    MILL_CONFINED_TIMED_OUT,
    MILL_CONFINED_CANCELLED,
    MILL_CONFINED_TOO_MUCH_OUTPUT,
};

enum { MILL_CONFINED_MESSAGE_BYTES = 4096 };

typedef struct {
    int outcome, code;
    /// What it wrote to standard output, in memory of mill_secret_allocate(); NULL if nothing.
    uint8_t *output;
    size_t output_count, output_capacity;
    /// The last MILL_CONFINED_MESSAGE_BYTES of what it wrote to standard error; the caller gives the room.
    char *message;
    size_t message_count;
    /// Of the processor, user and system.
    double cpu_seconds;
    /// The largest resident memory, in bytes.
    size_t peak_memory;
} mill_confined_result;

/// Runs a program to its end and collects what it writes; blocks. The caller sets `message` before and frees `output` after.
void mill_run_confined(const mill_confined_job *job, mill_confined_result *result);
/// Tries in a child process whether a confined program dies with a parent that is killed; returns 0, -ETIMEDOUT where it lives
/// on, or another -errno.
int mill_check_confined_death(void);
