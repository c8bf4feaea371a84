// Copies known amounts inside and outside a region, so that the check can tell a working counter from a broken one.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef void (*marker)(void);

int main(int count, char **arguments) {
    marker begin = (marker)dlsym(RTLD_DEFAULT, "mill_copy_counter_begin");
    marker end = (marker)dlsym(RTLD_DEFAULT, "mill_copy_counter_end");
    // Sizes that the compiler cannot know, so that it calls memcpy.
    size_t size = count > 1 ? strtoull(arguments[1], NULL, 10) : 0;
    char *source = calloc(size, 1), *target = malloc(size);
    if (begin == NULL || end == NULL || source == NULL || target == NULL) return 1;
    memcpy(target, source, size);
    begin();
    memcpy(target, source, size);
    memmove(target, source, size / 2);
    memcpy(target, source, 4095 * size / size);
    end();
    return target[size - 1];
}
