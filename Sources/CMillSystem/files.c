#define _GNU_SOURCE
#include "CMillSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int mill_open_unnamed(const char *folder) {
    int descriptor = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return descriptor < 0 ? -errno : descriptor;
}

int mill_name_file(int descriptor, const char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    return linkat(AT_FDCWD, link, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

int mill_reserve(int descriptor, size_t size) {
    int result;
    do result = fallocate(descriptor, 0, 0, (off_t)size);
    while (result < 0 && errno == EINTR);
    return result < 0 && errno != EOPNOTSUPP && errno != ENOSYS ? -errno : 0;
}

int mill_mark_read(int descriptor) {
    const struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_OMIT}};
    return futimens(descriptor, times) < 0 ? -errno : 0;
}
