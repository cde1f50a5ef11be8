/* filter_zygote.c - the large filter, which a zygote installs once and every child inherits.
 *
 * It is an allow-list. A call that it does not name is refused with an error and never with a kill:
 * a libc that tries a new call and falls back to an old one must go on working. The filter also
 * allows what the zygote itself needs to serve (fork, timers, passing descriptors, limits); the
 * small filter takes exactly that away from a child (filter_child.c).
 *
 * Only calls of a foreign architecture are killed. No honest program makes them.
 */
#define _GNU_SOURCE
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "rltf's sandbox is for x86-64 and aarch64"
#endif

#define X32_BIT 0x40000000u
#define NAMESPACES                                                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET | 0x80u /* CLONE_NEWTIME */)

/* The flags of a thread as a libc makes it. No honest program uses any other set. A thread with a
 * descriptor table of its own would have limits of its own. */
#define THREAD_OF_GLIBC                                                                            \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |            \
     CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)
#define THREAD_OF_MUSL (THREAD_OF_GLIBC | CLONE_DETACHED)

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE 2u
#endif
#ifndef MADV_COLD
#define MADV_COLD 20
#define MADV_PAGEOUT 21
#endif

/* Allowed with any arguments. */
static const int allowed[] = {
    /* memory */
    SYS_brk, SYS_munmap, SYS_mprotect, SYS_membarrier,
    /* reading and writing what is open */
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_lseek, SYS_close,
    SYS_dup, SYS_dup3, SYS_ftruncate, SYS_shutdown, SYS_getsockname, SYS_getpeername,
    /* looking at files */
    SYS_fstat, SYS_newfstatat, SYS_statx, SYS_faccessat, SYS_faccessat2, SYS_readlinkat,
    SYS_getdents64, SYS_getcwd, SYS_umask,
    /* waiting */
    SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_eventfd2,
    SYS_pipe2, SYS_nanosleep, SYS_clock_nanosleep, SYS_sched_yield, SYS_restart_syscall,
    SYS_wait4, SYS_waitid,
    /* threads and futexes */
    SYS_futex, SYS_futex_waitv, SYS_set_robust_list, SYS_get_robust_list, SYS_rseq,
    SYS_set_tid_address, SYS_gettid, SYS_exit_group,
    /* own signals and timers */
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigpending,
    SYS_rt_sigtimedwait, SYS_rt_sigsuspend, SYS_sigaltstack, SYS_setitimer, SYS_getitimer,
    /* clocks, randomness, who am I */
    SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_times, SYS_getrandom, SYS_uname,
    SYS_sysinfo, SYS_getrusage, SYS_getcpu, SYS_sched_getaffinity, SYS_sched_getparam,
    SYS_sched_getscheduler, SYS_getpriority, SYS_getpid, SYS_getppid, SYS_getpgid, SYS_getsid,
    SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getgroups, SYS_getresuid, SYS_getresgid,
#ifdef __x86_64__
    SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_poll, SYS_select, SYS_epoll_create,
    SYS_epoll_wait, SYS_eventfd, SYS_pipe, SYS_dup2, SYS_alarm, SYS_pause, SYS_time, SYS_getpgrp,
    SYS_getrlimit, SYS_arch_prctl, SYS_getdents,
#endif
    /* in a child narrowed down to itself */
    SYS_kill, SYS_tgkill, SYS_prlimit64,
};

/* `number`: allowed when argument `index` is one of `values`, else `otherwise`. */
static void when_argument_in(struct filter *f, int number, int index, const uint32_t *values,
                             uint8_t count, uint32_t otherwise)
{
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, (uint8_t)(2 * count + 2));
    load_argument(f, index);
    for (uint8_t i = 0; i < count; i++) {
        emit(f, BPF_JMP | BPF_JEQ | BPF_K, values[i], 0, 1);
        result(f, SECCOMP_RET_ALLOW);
    }
    result(f, otherwise);
}

/* `number`: `otherwise` when argument `index` is one of `values`, else allowed. */
static void unless_argument_in(struct filter *f, int number, int index, const uint32_t *values,
                               uint8_t count, uint32_t otherwise)
{
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, (uint8_t)(count + 3));
    load_argument(f, index);
    for (uint8_t i = 0; i < count; i++)
        emit(f, BPF_JMP | BPF_JEQ | BPF_K, values[i], (uint8_t)(count - i), 0);
    result(f, SECCOMP_RET_ALLOW);
    result(f, otherwise);
}

/* `number`: `with` when argument `index` has a bit of `mask`, else `without`. */
static void when_argument_has(struct filter *f, int number, int index, uint32_t mask, uint32_t with,
                              uint32_t without)
{
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4);
    load_argument(f, index);
    emit(f, BPF_JMP | BPF_JSET | BPF_K, mask, 0, 1);
    result(f, with);
    result(f, without);
}

static void begin(struct filter *f)
{
    f->length = 0;
    load(f, offsetof(struct seccomp_data, arch));
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
    result(f, SECCOMP_RET_KILL_PROCESS);
    load(f, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
    emit(f, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
    result(f, SECCOMP_RET_KILL_PROCESS);
#endif
}

/* Memory, and writing memory to a disk. A program has no file of its own, and the disk is shared,
 * so such a call succeeds and does nothing. */
static void emit_memory_rules(struct filter *f)
{
    static const uint32_t on_others[] = {MADV_COLD, MADV_PAGEOUT, MADV_MERGEABLE};
    when_argument_has(f, SYS_mmap, 3, MAP_LOCKED | MAP_HUGETLB, refuse(EPERM), SECCOMP_RET_ALLOW);
    when_argument_has(f, SYS_mremap, 3, MREMAP_FIXED, refuse(EPERM), SECCOMP_RET_ALLOW);
    unless_argument_in(f, SYS_madvise, 2, on_others, LENGTH_OF(on_others), refuse(EINVAL));
    when_argument_has(f, SYS_msync, 2, MS_SYNC, refuse(0), SECCOMP_RET_ALLOW);
    when_syscall(f, SYS_fsync, refuse(0));
    when_syscall(f, SYS_fdatasync, refuse(0));
    when_syscall(f, SYS_fadvise64, refuse(0));
}

/* A new thread, a new namespace, or the zygote's fork. */
static void emit_clone_rule(struct filter *f, uint32_t threading)
{
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 7);
    load_argument(f, 0);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, THREAD_OF_GLIBC, 1, 0);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, THREAD_OF_MUSL, 0, 1);
    result(f, threading);
    emit(f, BPF_JMP | BPF_JSET | BPF_K, NAMESPACES | CLONE_THREAD, 0, 1);
    result(f, refuse(EPERM));
    result(f, SECCOMP_RET_ALLOW);
    /* After ENOSYS a libc falls back to clone, whose flags a filter can see. */
    when_syscall(f, SYS_clone3, refuse(ENOSYS));
    when_syscall(f, SYS_exit, threading);
}

/* A socket can only be one of a pair. Programs may read its usual options, but not who has the
 * other end. */
static void emit_socket_rules(struct filter *f)
{
    static const uint32_t unix_only[] = {AF_UNIX};
    static const uint32_t options[] = {SO_TYPE, SO_ERROR, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN,
                                       SO_SNDBUF, SO_RCVBUF, SO_RCVTIMEO, SO_SNDTIMEO, SO_LINGER,
                                       SO_REUSEADDR, SO_KEEPALIVE, SO_BROADCAST, SO_RCVLOWAT};
    when_argument_in(f, SYS_socketpair, 0, unix_only, 1, refuse(EPERM));
    when_argument_in(f, SYS_getsockopt, 2, options, LENGTH_OF(options), refuse(EPERM));
    when_argument_has(f, SYS_recvfrom, 3, MSG_OOB, refuse(EPERM), SECCOMP_RET_ALLOW);
    /* sendto: to the other end, never to an address */
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_sendto, 0, 8);
    load_argument(f, 3);
    emit(f, BPF_JMP | BPF_JSET | BPF_K, MSG_OOB, 4, 0);
    load_argument(f, 4);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2);
    load(f, offsetof(struct seccomp_data, args) + 8 * 4 + 4);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
    result(f, refuse(EPERM));
    result(f, SECCOMP_RET_ALLOW);
}

/* `number` opens files, with flags in argument `index`, and Landlock decides. But Landlock ignores
 * files that are opened neither for reading nor for writing, and old versions ignore O_TRUNC. */
static void emit_kernel_opens(struct filter *f, int number, int index)
{
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 8);
    load_argument(f, index);
    emit(f, BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 4, 0);
    emit(f, BPF_JMP | BPF_JSET | BPF_K, O_WRONLY, 0, 1);
    emit(f, BPF_JMP | BPF_JSET | BPF_K, O_RDWR, 2, 3);
    emit(f, BPF_JMP | BPF_JSET | BPF_K, O_RDWR, 2, 0);
    emit(f, BPF_JMP | BPF_JSET | BPF_K, O_CREAT | O_TRUNC | O_APPEND, 0, 1);
    result(f, refuse(EACCES));
    result(f, SECCOMP_RET_ALLOW);
}

static void emit_opening_rule(struct filter *f, int number, int flags, enum opening opening)
{
    if (opening == OPENING_KERNEL)
        emit_kernel_opens(f, number, flags);
    else
        when_syscall(f, number, opening == OPENING_BROKER ? SECCOMP_RET_USER_NOTIF : refuse(EACCES));
}

static void emit_argument_rules(struct filter *f, enum opening opening)
{
    static const uint32_t ioctls[] = {TCGETS, FIONBIO, FIOCLEX, FIONREAD, TIOCGWINSZ,
                                      /* useless without the listener, which no child has */
                                      SECCOMP_IOCTL_NOTIF_RECV, SECCOMP_IOCTL_NOTIF_SEND,
                                      SECCOMP_IOCTL_NOTIF_ADDFD};
    static const uint32_t fcntls[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL};
    static const uint32_t prctls[] = {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_VMA,
                                      PR_SET_PDEATHSIG, PR_GET_PDEATHSIG,
                                      PR_SET_DUMPABLE};

    when_argument_in(f, SYS_ioctl, 1, ioctls, LENGTH_OF(ioctls), refuse(ENOTTY));
    /* The next child gets the same open files, so a flag that stays set must not matter to it. */
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 6);
    load_argument(f, 1);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, F_SETFL, 0, 3);
    load_argument(f, 2);
    emit(f, BPF_JMP | BPF_JSET | BPF_K, O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME, 1, 0);
    result(f, SECCOMP_RET_ALLOW);
    load(f, offsetof(struct seccomp_data, nr));
    when_argument_in(f, SYS_fcntl, 1, fcntls, LENGTH_OF(fcntls), refuse(EPERM));
    when_argument_in(f, SYS_prctl, 0, prctls, LENGTH_OF(prctls), refuse(EPERM));
    emit_opening_rule(f, SYS_openat, 2, opening);
    when_argument_has(f, SYS_close_range, 2, CLOSE_RANGE_UNSHARE, refuse(EPERM), SECCOMP_RET_ALLOW);
#ifdef __x86_64__
    emit_opening_rule(f, SYS_open, 1, opening);
#endif
}

void build_zygote_filter(struct filter *f, enum opening opening, uint32_t threading, int has_folder)
{
    begin(f);
    if (has_folder)
        emit_folder_rules(f); /* before the rules that would refuse the same calls */
    /* The kernel caches which calls are allowed with any arguments, and runs the filter for all
     * others. */
    emit_memory_rules(f);
    emit_socket_rules(f);
    emit_argument_rules(f, opening);
    emit_clone_rule(f, threading);
    for (size_t i = 0; i < LENGTH_OF(allowed); i++)
        when_syscall(f, allowed[i], SECCOMP_RET_ALLOW);
    for (size_t i = 0; i < LENGTH_OF(zygote_only); i++)
        when_syscall(f, zygote_only[i], SECCOMP_RET_ALLOW);
    result(f, refuse(EPERM));
}
