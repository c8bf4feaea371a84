#define _GNU_SOURCE
#include "CMillSystem.h"

#include <dlfcn.h>
#include <pthread.h>

// Looked up at run time: a weak symbol of an executable would be bound to nothing when it is linked.
static void (*begin)(void);
static void (*end)(void);
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void look_up(void) {
    begin = (void (*)(void))dlsym(RTLD_DEFAULT, "mill_copy_counter_begin");
    end = (void (*)(void))dlsym(RTLD_DEFAULT, "mill_copy_counter_end");
}

void mill_copy_region_begin(void) {
    pthread_once(&once, look_up);
    if (begin && end) begin();
}

void mill_copy_region_end(void) {
    pthread_once(&once, look_up);
    if (begin && end) end();
}
