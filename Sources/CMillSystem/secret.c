// Memory for what must not outlive its use: page pictures and the text of documents.

#define _GNU_SOURCE
#include "CMillSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

int mill_forbid_core_dumps(void) {
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return -errno;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ? -errno : 0;
}

void *mill_secret_allocate(size_t size) {
    if (size == 0) size = 1;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    madvise(memory, size, MADV_DONTDUMP);
    return memory;
}

void mill_secret_free(void *memory, size_t size) {
    if (memory == NULL) return;
    if (size == 0) size = 1;
    explicit_bzero(memory, size);
    munmap(memory, size);
}

int mill_secret_file(const char *name, size_t size, void **memory) {
    if (size == 0) size = 1;
    int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0) return -errno;
    int reason = 0;
    *memory = MAP_FAILED;
    if (ftruncate(descriptor, (off_t)size) != 0 ||
        (*memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)) == MAP_FAILED ||
        fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) != 0) {
        reason = errno;
        if (*memory != MAP_FAILED) munmap(*memory, size);
        close(descriptor);
        return -reason;
    }
    madvise(*memory, size, MADV_DONTDUMP);
    return descriptor;
}
