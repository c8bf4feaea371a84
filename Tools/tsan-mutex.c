// Tells the thread sanitizer about Swift's `Mutex`, preloaded into a sanitized program (see Tools/sanitize).
//
// The mutex's fast paths are compiled into the program, where the sanitizer sees their atomics. Under contention they
// call into libswiftSynchronization, which is not instrumented: without this, whatever a contended mutex protects is
// reported as a race.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SELF __attribute__((swift_context))

typedef __attribute__((swiftcall)) void (*lock_function)(uint32_t thread, SELF void *mutex);
typedef __attribute__((swiftcall)) void (*unlock_function)(SELF void *mutex);
typedef void (*annotation)(void *address);

static lock_function real_lock;
static unlock_function real_unlock;
static annotation acquire, release;

__attribute__((constructor)) static void look_up(void) {
    real_lock = (lock_function)dlsym(RTLD_NEXT, LOCK);
    real_unlock = (unlock_function)dlsym(RTLD_NEXT, UNLOCK);
    acquire = (annotation)dlsym(RTLD_DEFAULT, "__tsan_acquire");
    release = (annotation)dlsym(RTLD_DEFAULT, "__tsan_release");
}

__attribute__((swiftcall)) void lock_slow(uint32_t thread, SELF void *mutex) __asm__(LOCK);
__attribute__((swiftcall)) void lock_slow(uint32_t thread, SELF void *mutex) {
    real_lock(thread, mutex);
    if (acquire) acquire(mutex);
}

__attribute__((swiftcall)) void unlock_slow(SELF void *mutex) __asm__(UNLOCK);
__attribute__((swiftcall)) void unlock_slow(SELF void *mutex) {
    if (release) release(mutex);
    real_unlock(mutex);
}
