#define _GNU_SOURCE
#include "CMillSystem.h"

#include <errno.h>
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
