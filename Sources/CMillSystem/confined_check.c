// Whether confined programs die with who runs them.

#define _GNU_SOURCE
#include "CMillSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 10000, MORE_THAN_A_PIPE = 3 << 16 };

/// Runs a program that reads until its input ends.
static void run_reader(int input) {
    char *arguments[] = {"cat", NULL}, *environment[] = {NULL}, message[MILL_CONFINED_MESSAGE_BYTES];
    mill_confined_job job = {
        .path = "/bin/cat",
        .arguments = arguments,
        .environment = environment,
        .standard_input = input,
        .input3 = -1,
        .input4 = -1,
        .cancellation = -1,
        .limits = {.cpu_seconds = 60, .memory_bytes = 1 << 28, .output_bytes = 1 << 28, .deadline = 60000},
    };
    mill_confined_result result = {.message = message};
    mill_run_confined(&job, &result);
    _exit(1);
}

/// Writes more than a pipe holds, so that the reader must have read; returns 0 or -errno.
static int feed(int pipe) {
    static const char zeros[4096];
    for (size_t written = 0; written < MORE_THAN_A_PIPE;) {
        struct pollfd event = {.fd = pipe, .events = POLLOUT};
        int count = poll(&event, 1, PATIENCE);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0 || (event.revents & POLLERR)) return -ECHILD;
        ssize_t size = write(pipe, zeros, sizeof zeros);
        if (size < 0 && errno != EINTR && errno != EAGAIN) return -errno;
        if (size > 0) written += (size_t)size;
    }
    return 0;
}

int mill_check_confined_death(void) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
    (void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
    // Writing to a reader that is gone is an error here and no signal.
    sigset_t pipe_signal, previous;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &previous);
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        run_reader(ends[0]);
    }
    int result = child < 0 ? -errno : 0;
    close(ends[0]);
    if (child > 0) {
        result = feed(ends[1]);
        kill(child, SIGKILL);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
        }
        // The pipe breaks when the last process that reads it is gone.
        struct pollfd event = {.fd = ends[1]};
        if (result == 0 && poll(&event, 1, PATIENCE) != 1) result = -ETIMEDOUT;
    }
    close(ends[1]);
    const struct timespec now = {0, 0};
    sigtimedwait(&pipe_signal, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    return result;
}
