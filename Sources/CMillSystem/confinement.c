// What a confined program may ask of the kernel: a seccomp filter on top of the one that denies the network.

#define _GNU_SOURCE
#include "confinement.h"

#include "CMillSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(FIELD) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, FIELD))
#define IF_EQUAL(VALUE, THEN, ELSE) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, VALUE, THEN, ELSE)
#define IF_ANY_BIT(BITS, THEN, ELSE) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, BITS, THEN, ELSE)
#define RETURN(VALUE) BPF_STMT(BPF_RET | BPF_K, VALUE)
/// Each goes on with the number of the call in the accumulator if it is another call.
#define REFUSE(CALL, REASON) IF_EQUAL(CALL, 0, 1), RETURN(SECCOMP_RET_ERRNO | (REASON))
#define REFUSE_IF_BITS(CALL, ARGUMENT, BITS, REASON) \
    IF_EQUAL(CALL, 0, 4), LOAD(args[ARGUMENT]), IF_ANY_BIT(BITS, 0, 1), RETURN(SECCOMP_RET_ERRNO | (REASON)), \
        RETURN(SECCOMP_RET_ALLOW)
#define REFUSE_UNLESS_BITS(CALL, ARGUMENT, BITS, REASON) \
    IF_EQUAL(CALL, 0, 4), LOAD(args[ARGUMENT]), IF_ANY_BIT(BITS, 1, 0), RETURN(SECCOMP_RET_ERRNO | (REASON)), \
        RETURN(SECCOMP_RET_ALLOW)
#define REFUSE_UNLESS(CALL, ARGUMENT, VALUE, REASON) \
    IF_EQUAL(CALL, 0, 4), LOAD(args[ARGUMENT]), IF_EQUAL(VALUE, 1, 0), RETURN(SECCOMP_RET_ERRNO | (REASON)), \
        RETURN(SECCOMP_RET_ALLOW)

enum { WRITING = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY) };

int mill_confine_calls(void) {
    int result = mill_deny_network();
    if (result < 0) return result;
    // Calls of other architectures are refused by the filter of the network already.
    const unsigned self = (unsigned)getpid();
    struct sock_filter filter[] = {
        LOAD(nr),
        REFUSE(SYS_socket, EACCES),
        REFUSE(SYS_connect, EACCES),
        REFUSE(SYS_bind, EACCES),
        // Files are only read. What hides its arguments from the filter is refused with ENOSYS, and the C library goes on with
        // the older call.
        REFUSE_IF_BITS(SYS_openat, 2, WRITING, EACCES),
        REFUSE(SYS_openat2, ENOSYS),
        REFUSE(SYS_open_by_handle_at, EPERM),
        REFUSE(SYS_truncate, EACCES),
        REFUSE(SYS_unlinkat, EACCES),
        REFUSE(SYS_renameat2, EACCES),
        REFUSE(SYS_mkdirat, EACCES),
        REFUSE(SYS_mknodat, EACCES),
        REFUSE(SYS_linkat, EACCES),
        REFUSE(SYS_symlinkat, EACCES),
        REFUSE(SYS_fchmodat, EACCES),
        REFUSE(SYS_fchmod, EACCES),
        REFUSE(SYS_fchownat, EACCES),
        REFUSE(SYS_fchown, EACCES),
        REFUSE(SYS_utimensat, EACCES),
        REFUSE(SYS_setxattr, EACCES),
        REFUSE(SYS_fsetxattr, EACCES),
        REFUSE(SYS_memfd_create, EACCES),
        REFUSE(SYS_mount, EPERM),
        REFUSE(SYS_umount2, EPERM),
#ifdef SYS_renameat
        REFUSE(SYS_renameat, EACCES),
#endif
#ifdef SYS_open
        REFUSE_IF_BITS(SYS_open, 1, WRITING, EACCES),
        REFUSE(SYS_creat, EACCES),
        REFUSE(SYS_unlink, EACCES),
        REFUSE(SYS_rmdir, EACCES),
        REFUSE(SYS_rename, EACCES),
        REFUSE(SYS_mkdir, EACCES),
        REFUSE(SYS_mknod, EACCES),
        REFUSE(SYS_link, EACCES),
        REFUSE(SYS_symlink, EACCES),
        REFUSE(SYS_chmod, EACCES),
        REFUSE(SYS_chown, EACCES),
        REFUSE(SYS_lchown, EACCES),
        REFUSE(SYS_utime, EACCES),
        REFUSE(SYS_utimes, EACCES),
        REFUSE(SYS_fork, EPERM),
        REFUSE(SYS_vfork, EPERM),
#endif
        // Threads, but no processes; signals to itself only.
        REFUSE(SYS_clone3, ENOSYS),
        REFUSE_UNLESS_BITS(SYS_clone, 0, CLONE_THREAD, EPERM),
        REFUSE(SYS_kill, EPERM),
        REFUSE(SYS_tkill, EPERM),
        REFUSE_UNLESS(SYS_tgkill, 0, self, EPERM),
        REFUSE(SYS_rt_sigqueueinfo, EPERM),
        REFUSE(SYS_rt_tgsigqueueinfo, EPERM),
        REFUSE(SYS_pidfd_open, EPERM),
        REFUSE(SYS_ptrace, EPERM),
        REFUSE(SYS_process_vm_readv, EPERM),
        REFUSE(SYS_process_vm_writev, EPERM),
        REFUSE(SYS_setsid, EPERM),
        REFUSE(SYS_setpgid, EPERM),
        REFUSE_IF_BITS(SYS_unshare, 0, ~0u, EPERM),
        REFUSE(SYS_setns, EPERM),
        REFUSE(SYS_bpf, EPERM),
        REFUSE(SYS_perf_event_open, EPERM),
        REFUSE(SYS_userfaultfd, EPERM),
        REFUSE(SYS_add_key, EPERM),
        REFUSE(SYS_request_key, EPERM),
        REFUSE(SYS_keyctl, EPERM),
        RETURN(SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ? -errno : 0;
}
