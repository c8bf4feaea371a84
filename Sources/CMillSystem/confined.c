// Running a program that reads what a stranger made: by itself, with little of everything, and never for long.

#define _GNU_SOURCE
#include "CMillSystem.h"
#include "confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    STACK_BYTES = 256 << 10,
    PIPE_BYTES = 1 << 20,
    FIRST_OUTPUT_BYTES = 1 << 20,
    /// Descriptors that the program may open beside the five it may start with.
    DESCRIPTOR_LIMIT = 64,
    /// Where descriptors wait until they get the numbers that the program expects.
    FIRST_FREE_DESCRIPTOR = 10,
};

/// What the new process needs. It shares the parent's memory until exec, so `reason` is how it answers.
typedef struct {
    const mill_confined_job *job;
    int output, error;
    pid_t parent;
    int reason;
} start;

static int limit(int resource, rlim_t value) {
    struct rlimit bounds;
    if (getrlimit(resource, &bounds) != 0) return -1;
    if (bounds.rlim_max != RLIM_INFINITY && value > bounds.rlim_max) value = bounds.rlim_max;
    bounds.rlim_cur = bounds.rlim_max = value;
    return setrlimit(resource, &bounds);
}

static int close_others(unsigned first) {
    if (syscall(SYS_close_range, first, ~0u, 0) == 0) return 0;
    struct rlimit bounds;
    if (getrlimit(RLIMIT_NOFILE, &bounds) != 0) return -1;
    for (unsigned i = first; i < bounds.rlim_cur && i < 1u << 20; i++) close((int)i);
    return 0;
}

/// Gives the program its descriptors: 0, 1, 2, and 3 and 4 where there is input for them.
static int arrange_descriptors(const start *start) {
    const mill_confined_job *job = start->job;
    int wanted[] = {job->standard_input, start->output, start->error, job->input3, job->input4};
    enum { COUNT = sizeof wanted / sizeof *wanted };
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0) return -1;
    // Duplicates first, above all the numbers that will be taken.
    for (int i = 0; i < COUNT; i++) {
        if (wanted[i] < 0 && i != 0) continue;
        wanted[i] = fcntl(wanted[i] < 0 ? nothing : wanted[i], F_DUPFD_CLOEXEC, FIRST_FREE_DESCRIPTOR);
        if (wanted[i] < 0) return -1;
    }
    for (int i = 0; i < COUNT; i++) {
        if (wanted[i] < 0)
            close(i);
        else if (dup2(wanted[i], i) < 0)
            return -1;
    }
    return close_others(COUNT);
}

/// Runs in the new process, which has the parent's memory and its own stack. Only calls that are safe there.
static int begin(void *argument) {
    start *start = argument;
    const mill_confined_job *job = start->job;
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int i = 1; i < NSIG; i++) sigaction(i, &standard, NULL);
    // When the thread that waits for it goes, it goes; if that happened just before, there is another parent by now.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != start->parent || setpgid(0, 0) != 0 ||
        arrange_descriptors(start) != 0 || limit(RLIMIT_CPU, job->limits.cpu_seconds) != 0 ||
        limit(RLIMIT_AS, job->limits.memory_bytes) != 0 || limit(RLIMIT_FSIZE, 0) != 0 || limit(RLIMIT_CORE, 0) != 0 ||
        limit(RLIMIT_NOFILE, DESCRIPTOR_LIMIT) != 0 || chdir("/") != 0) {
        start->reason = errno != 0 ? errno : ESRCH;
        _exit(127);
    }
    int result = mill_confine_calls();
    if (result < 0) {
        start->reason = -result;
        _exit(127);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(job->path, job->arguments, job->environment);
    start->reason = errno;
    _exit(127);
}

/// Starts the program as posix_spawn() does, without a copy of the parent's page tables; returns its number, or -errno.
static pid_t spawn(start *start) {
    void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return -errno;
    // No handler of the parent may run in the child while both share memory.
    sigset_t all, previous;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous);
    pid_t child = clone(begin, (char *)stack + STACK_BYTES, CLONE_VM | CLONE_VFORK | SIGCHLD, start);
    int reason = errno;
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    munmap(stack, STACK_BYTES);
    if (child < 0) return -reason;
    if (start->reason == 0) return child;
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    return -start->reason;
}

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/// Makes room for more output. Pages move and are not copied, so nothing stays behind.
static int grow(mill_confined_result *result) {
    if (result->output == NULL) {
        result->output = mill_secret_allocate(FIRST_OUTPUT_BYTES);
        result->output_capacity = result->output == NULL ? 0 : FIRST_OUTPUT_BYTES;
        return result->output == NULL ? -1 : 0;
    }
    void *larger = mremap(result->output, result->output_capacity, 2 * result->output_capacity, MREMAP_MAYMOVE);
    if (larger == MAP_FAILED) return -1;
    result->output = larger;
    result->output_capacity *= 2;
    madvise(result->output, result->output_capacity, MADV_DONTDUMP);
    return 0;
}

enum { END = 0, MORE = 1, TOO_MUCH = 2 };

static int take_output(int descriptor, size_t most, mill_confined_result *result) {
    for (;;) {
        if (result->output_count == result->output_capacity && grow(result) != 0) return TOO_MUCH;
        ssize_t count = read(
            descriptor, result->output + result->output_count, result->output_capacity - result->output_count);
        if (count == 0) return END;
        if (count < 0) {
            if (errno == EINTR) continue;
            return errno == EAGAIN ? MORE : END;
        }
        result->output_count += (size_t)count;
        if (result->output_count > most) return TOO_MUCH;
    }
}

/// Keeps the end of what comes; a program that writes errors for ever is stopped by its deadline.
static int take_message(int descriptor, mill_confined_result *result) {
    char buffer[MILL_CONFINED_MESSAGE_BYTES];
    for (int round = 0; round < 64; round++) {
        ssize_t count = read(descriptor, buffer, sizeof buffer);
        if (count == 0) return END;
        if (count < 0) {
            if (errno == EINTR) continue;
            return errno == EAGAIN ? MORE : END;
        }
        size_t size = (size_t)count, kept = result->message_count;
        if (kept + size > MILL_CONFINED_MESSAGE_BYTES) {
            kept = MILL_CONFINED_MESSAGE_BYTES - size;
            memmove(result->message, result->message + result->message_count - kept, kept);
        }
        memcpy(result->message + kept, buffer, size);
        result->message_count = kept + size;
    }
    return MORE;
}

/// Takes what the program writes until it has ended; returns an outcome that is not its own, or MILL_CONFINED_EXITED.
static int attend(const mill_confined_job *job, int output, int error, int process, mill_confined_result *result) {
    int64_t deadline = milliseconds() + job->limits.deadline;
    struct pollfd events[] = {
        {.fd = output, .events = POLLIN},
        {.fd = error, .events = POLLIN},
        {.fd = process, .events = POLLIN},
        {.fd = job->cancellation, .events = POLLIN},
    };
    for (;;) {
        int64_t rest = deadline - milliseconds();
        if (rest <= 0) return MILL_CONFINED_TIMED_OUT;
        if (poll(events, 4, rest > INT_MAX ? INT_MAX : (int)rest) < 0 && errno != EINTR) return MILL_CONFINED_TIMED_OUT;
        if (events[3].revents != 0) return MILL_CONFINED_CANCELLED;
        int has_ended = events[2].revents != 0;
        if (events[0].revents != 0 || has_ended) {
            int state = events[0].fd < 0 ? END : take_output(output, job->limits.output_bytes, result);
            if (state == TOO_MUCH) return MILL_CONFINED_TOO_MUCH_OUTPUT;
            if (state == END) events[0].fd = -1;
        }
        if (events[1].revents != 0 || has_ended) {
            if (events[1].fd >= 0 && take_message(error, result) == END) events[1].fd = -1;
        }
        if (has_ended) return MILL_CONFINED_EXITED;
    }
}

static void finish(pid_t child, int outcome, mill_confined_result *result) {
    if (outcome != MILL_CONFINED_EXITED) {
        kill(-child, SIGKILL);
        kill(child, SIGKILL);
    }
    int status = 0;
    struct rusage usage = {0};
    pid_t waited;
    while ((waited = wait4(child, &status, 0, &usage)) < 0 && errno == EINTR) {
    }
    result->cpu_seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                          1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    result->peak_memory = (size_t)usage.ru_maxrss << 10;
    result->outcome = outcome;
    if (outcome != MILL_CONFINED_EXITED || waited < 0) return;
    if (WIFSIGNALED(status)) {
        result->outcome = MILL_CONFINED_KILLED;
        result->code = WTERMSIG(status);
    } else {
        result->code = WEXITSTATUS(status);
    }
}

/// Reading standard input from its start, whatever others did with the descriptor.
static int reopen(int descriptor) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    int own = open(path, O_RDONLY | O_CLOEXEC);
    return own < 0 ? -errno : own;
}

void mill_run_confined(const mill_confined_job *job, mill_confined_result *result) {
    char *message = result->message;
    *result = (mill_confined_result){.outcome = MILL_CONFINED_NOT_STARTED, .message = message};
    mill_confined_job own = *job;
    int output[2] = {-1, -1}, error[2] = {-1, -1}, process = -1;
    pid_t child = -1;
    if (job->standard_input >= 0) {
        own.standard_input = reopen(job->standard_input);
        if (own.standard_input < 0) result->code = -own.standard_input;
    }
    if (result->code == 0 && (pipe2(output, O_CLOEXEC) != 0 || pipe2(error, O_CLOEXEC) != 0)) result->code = errno;
    if (result->code == 0) {
        // A larger pipe is only faster.
        (void)fcntl(output[0], F_SETPIPE_SZ, PIPE_BYTES);
        (void)fcntl(output[0], F_SETFL, O_NONBLOCK);
        (void)fcntl(error[0], F_SETFL, O_NONBLOCK);
        start start = {.job = &own, .output = output[1], .error = error[1], .parent = getpid()};
        child = spawn(&start);
        if (child < 0) result->code = -child;
    }
    if (output[1] >= 0) close(output[1]);
    if (error[1] >= 0) close(error[1]);
    if (child > 0) {
        process = (int)syscall(SYS_pidfd_open, child, 0);
        if (process < 0) {
            result->code = errno;
            finish(child, MILL_CONFINED_NOT_STARTED, result);
        } else {
            finish(child, attend(&own, output[0], error[0], process, result), result);
        }
    }
    if (process >= 0) close(process);
    if (output[0] >= 0) close(output[0]);
    if (error[0] >= 0) close(error[0]);
    if (job->standard_input >= 0 && own.standard_input >= 0) close(own.standard_input);
}
