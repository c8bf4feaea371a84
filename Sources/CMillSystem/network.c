// No network for this process and what it starts: a seccomp filter that the kernel enforces and nothing can take back.

#define _GNU_SOURCE
#include "CMillSystem.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef THIS_ARCHITECTURE

#define LOAD(FIELD) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, FIELD))
#define IF_EQUAL(VALUE, THEN, ELSE) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, VALUE, THEN, ELSE)
#define RETURN(VALUE) BPF_STMT(BPF_RET | BPF_K, VALUE)

int mill_deny_network(void) {
    // Sockets between programs of this machine (AF_UNIX) stay. io_uring could open others past this filter, and calls of
    // another architecture or of x32 have other numbers.
    struct sock_filter filter[] = {
        LOAD(arch),
        IF_EQUAL(THIS_ARCHITECTURE, 1, 0),
        RETURN(SECCOMP_RET_ERRNO | ENOSYS),
        LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        RETURN(SECCOMP_RET_ERRNO | ENOSYS),
        IF_EQUAL(SYS_io_uring_setup, 0, 1),
        RETURN(SECCOMP_RET_ERRNO | ENOSYS),
        IF_EQUAL(SYS_socket, 0, 3),
        // The low half of the first argument; the kernel reads no more of it.
        LOAD(args[0]),
        IF_EQUAL(AF_UNIX, 1, 0),
        RETURN(SECCOMP_RET_ERRNO | EACCES),
        RETURN(SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -errno;
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    // A thread that cannot be brought along is named by its number.
    if (result > 0) return -EBUSY;
    return result < 0 ? -errno : 0;
}

#else

int mill_deny_network(void) { return -ENOSYS; }

#endif

int mill_check_network_denial(void) {
    pid_t child = fork();
    if (child < 0) return -errno;
    if (child == 0) {
        // Only calls that are safe after a fork of a process with threads.
        int result = mill_deny_network();
        if (result < 0) _exit(-result);
        int internet = socket(AF_INET, SOCK_STREAM, 0), reason = errno, local = socket(AF_UNIX, SOCK_STREAM, 0);
        int newer = socket(AF_INET6, SOCK_DGRAM, 0);
        _exit(internet < 0 && reason == EACCES && newer < 0 && local >= 0 ? 0 : EPERM);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return -errno;
    }
    if (!WIFEXITED(status)) return -EINTR;
    return -WEXITSTATUS(status);
}
