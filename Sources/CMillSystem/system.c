#define _GNU_SOURCE
#include "CMillSystem.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

int mill_memfd_create(const char *name, size_t size) {
    int descriptor = memfd_create(name, MFD_CLOEXEC);
    if (descriptor < 0) return -errno;
    if (ftruncate(descriptor, (off_t)size) != 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    return descriptor;
}

int mill_event(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

static int interrupts = -1;

static void count_interrupt(int signal) {
    (void)signal;
    int error = errno;
    uint64_t one = 1;
    if (write(interrupts, &one, sizeof one) < 0) {
        // The counter is full after 2^64 - 2 interrupts.
    }
    errno = error;
}

// A handler and not sigwait(): the main thread of a Swift program ends in a sleep of the dispatch library that lets all
// signals through, whatever was blocked before.
int mill_count_interrupts(void) {
    if (interrupts >= 0) return interrupts;
    interrupts = eventfd(0, EFD_CLOEXEC);
    if (interrupts < 0) return -errno;
    struct sigaction action = {.sa_handler = count_interrupt, .sa_flags = SA_RESTART}, previous;
    sigemptyset(&action.sa_mask);
    int signals[] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        if (sigaction(signals[i], NULL, &previous) == 0 && previous.sa_handler == SIG_IGN) continue;
        if (sigaction(signals[i], &action, NULL) != 0) return -errno;
    }
    return interrupts;
}
