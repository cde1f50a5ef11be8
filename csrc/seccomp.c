/* seccomp.c - the large filter of a zygote and the small one of a child.
 *
 * The large filter is an allow-list, built once and inherited by every fork. What it does not name
 * is refused with an error, never with a kill: a libc that tries a new call and falls back must go
 * on working. It still allows what the zygote itself needs to serve (fork, timers, passing
 * descriptors, limits). The small filter takes exactly that away in the child; filters only ever
 * get stricter, so there is no way back.
 *
 * Only calls of a foreign architecture are killed: nothing honest makes them.
 */
#define _GNU_SOURCE
#include "rltf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "rltf's sandbox is for x86-64 and aarch64"
#endif

#define X32_BIT 0x40000000u
#define MAX_CODE 640
#define NAMESPACES                                                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET | 0x80u /* CLONE_NEWTIME */)

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

/* Allowed whatever the arguments are. */
static const int allowed[] = {
    /* memory */
    SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_msync, SYS_membarrier,
    /* reading and writing what is open */
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_lseek, SYS_close,
    SYS_close_range, SYS_dup, SYS_dup3, SYS_ftruncate, SYS_fsync, SYS_fdatasync, SYS_fadvise64,
    SYS_recvfrom, SYS_shutdown, SYS_getsockname, SYS_getpeername, SYS_getsockopt,
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
};

/* Allowed to the zygote and taken away by the small filter, or narrowed down to the child itself. */
static const int zygote_only[] = {
    SYS_sendmsg, SYS_recvmsg, SYS_timer_create, SYS_timer_settime, SYS_timer_delete, SYS_seccomp,
    SYS_openat2, SYS_process_vm_readv, SYS_kill, SYS_tgkill, SYS_prlimit64,
    SYS_pidfd_open, SYS_pidfd_getfd, SYS_landlock_create_ruleset, SYS_landlock_add_rule,
    SYS_landlock_restrict_self,
#ifdef __x86_64__
    SYS_setrlimit,
#endif
};

struct filter {
    struct sock_filter code[MAX_CODE];
    unsigned short length;
};

static void emit(struct filter *f, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
    f->code[f->length++] = (struct sock_filter)BPF_JUMP(code, k, yes, no);
}

static void result(struct filter *f, uint32_t what)
{
    emit(f, BPF_RET | BPF_K, what, 0, 0);
}

static uint32_t refuse(int error)
{
    return SECCOMP_RET_ERRNO | ((uint32_t)error & SECCOMP_RET_DATA);
}

static void load(struct filter *f, size_t offset)
{
    emit(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The low half: every argument that we look at is an int or fits 32 bits. */
static void load_argument(struct filter *f, int index)
{
    load(f, offsetof(struct seccomp_data, args) + 8 * (size_t)index);
}

static void when_syscall(struct filter *f, int number, uint32_t what)
{
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
    result(f, what);
}

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

static long install(struct filter *f, unsigned flags)
{
    struct sock_fprog program = {.len = f->length, .filter = f->code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static void emit_argument_rules(struct filter *f, uint32_t reading, uint32_t threading)
{
    static const uint32_t ioctls[] = {TCGETS, FIONBIO, FIOCLEX, FIONREAD, TIOCGWINSZ,
                                      /* useless without the listener, which no child has */
                                      SECCOMP_IOCTL_NOTIF_RECV, SECCOMP_IOCTL_NOTIF_SEND,
                                      SECCOMP_IOCTL_NOTIF_ADDFD};
    static const uint32_t fcntls[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL};
    static const uint32_t unix_only[] = {AF_UNIX};
    static const uint32_t prctls[] = {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_VMA,
                                      PR_SET_PDEATHSIG, PR_GET_PDEATHSIG,
                                      PR_SET_DUMPABLE};
    const uint32_t to_write = reading == SECCOMP_RET_USER_NOTIF ? reading : refuse(EACCES);
    const uint32_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY);

    when_argument_in(f, SYS_ioctl, 1, ioctls, sizeof ioctls / sizeof *ioctls, refuse(ENOTTY));
    /* The next child gets the same open files: a flag that stays set must not matter to it. */
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 6);
    load_argument(f, 1);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, F_SETFL, 0, 3);
    load_argument(f, 2);
    emit(f, BPF_JMP | BPF_JSET | BPF_K, O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME, 1, 0);
    result(f, SECCOMP_RET_ALLOW);
    load(f, offsetof(struct seccomp_data, nr));
    when_argument_in(f, SYS_fcntl, 1, fcntls, sizeof fcntls / sizeof *fcntls, refuse(EPERM));
    when_argument_in(f, SYS_socketpair, 0, unix_only, 1, refuse(EPERM));
    when_argument_in(f, SYS_prctl, 0, prctls, sizeof prctls / sizeof *prctls, refuse(EPERM));
    when_argument_has(f, SYS_openat, 2, writing, to_write, reading);
    /* a new thread, a new namespace, or the zygote's fork */
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 6);
    load_argument(f, 0);
    emit(f, BPF_JMP | BPF_JSET | BPF_K, NAMESPACES, 0, 1);
    result(f, refuse(EPERM));
    emit(f, BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1);
    result(f, threading);
    result(f, SECCOMP_RET_ALLOW);
    when_syscall(f, SYS_exit, threading);
#ifdef __x86_64__
    when_argument_has(f, SYS_open, 1, writing, to_write, reading);
#endif
    /* sendto: to the other end of a socket pair, never to an address */
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_sendto, 0, 6);
    load_argument(f, 4);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2);
    load(f, offsetof(struct seccomp_data, args) + 8 * 4 + 4);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
    result(f, refuse(EPERM));
    result(f, SECCOMP_RET_ALLOW);
    /* A libc that is told ENOSYS falls back to clone, whose flags a filter can see. */
    when_syscall(f, SYS_clone3, refuse(ENOSYS));
}

static void build_zygote_filter(struct filter *f, uint32_t reading, uint32_t threading)
{
    begin(f);
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        when_syscall(f, allowed[i], SECCOMP_RET_ALLOW);
    for (size_t i = 0; i < sizeof zygote_only / sizeof *zygote_only; i++)
        when_syscall(f, zygote_only[i], SECCOMP_RET_ALLOW);
    emit_argument_rules(f, reading, threading);
    result(f, refuse(EPERM));
}

int seccomp_enter_zygote(enum opening alone)
{
    static const uint32_t reading[] = {
        [OPENING_KERNEL] = SECCOMP_RET_ALLOW,
        [OPENING_NEVER] = SECCOMP_RET_ERRNO | EACCES,
    };
    struct filter f;
    build_zygote_filter(&f, SECCOMP_RET_USER_NOTIF, SECCOMP_RET_USER_NOTIF);
    long listener = install(&f, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    if (listener > 0)
        return (int)listener;
    /* No listener on this kernel, or somebody above us holds the only one. */
    build_zygote_filter(&f, reading[alone], SECCOMP_RET_ALLOW);
    return install(&f, 0) < 0 ? fail("install the zygote's seccomp filter") : RLTF_NO_LISTENER;
}

/*** The small filter ***/

static pid_t self;

static void refuse_all(struct filter *f)
{
    result(f, refuse(EPERM));
}

static void allow_to_self(struct filter *f)
{
    load_argument(f, 0);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)self, 0, 1);
    result(f, SECCOMP_RET_ALLOW);
    result(f, refuse(EPERM));
}

static void allow_threads(struct filter *f)
{
    load_argument(f, 0);
    emit(f, BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1);
    result(f, SECCOMP_RET_ALLOW);
    result(f, refuse(EPERM));
}

/* Reading a limit passes no new one; half a pointer tells enough with the other. To set the stack limit
 * succeeds and changes nothing: programs do it before they recurse deeply, and the stack is as large as
 * it gets already. */
static void allow_reading_limits(struct filter *f)
{
    load_argument(f, 2);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2);
    load(f, offsetof(struct seccomp_data, args) + 8 * 2 + 4);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 0);
    load_argument(f, 1);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, RLIMIT_STACK, 0, 1);
    result(f, refuse(0));
    result(f, refuse(EPERM));
    result(f, SECCOMP_RET_ALLOW);
}

static void keep_the_tie(struct filter *f)
{
    load_argument(f, 0);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, PR_SET_DUMPABLE, 1, 0);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, PR_SET_PDEATHSIG, 0, 1);
    result(f, refuse(EPERM));
    result(f, SECCOMP_RET_ALLOW);
}

struct rule {
    int number;
    void (*answer)(struct filter *f);
};

static int by_number(const void *one, const void *other)
{
    return ((const struct rule *)one)->number - ((const struct rule *)other)->number;
}

/* A search tree: the kernel walks a new filter once for every system call there is, so that what counts
 * at each child's start is how far it is to an answer. */
static void emit_search(struct filter *f, const struct rule *rules, size_t count)
{
    unsigned short here = f->length;
    if (count == 1) {
        emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)rules->number, 0, 0);
        rules->answer(f);
        f->code[here].jf = (uint8_t)(f->length - here - 1);
        result(f, SECCOMP_RET_ALLOW);
        return;
    }
    emit(f, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)rules[count / 2].number, 0, 0);
    emit_search(f, rules, count / 2);
    f->code[here].jt = (uint8_t)(f->length - here - 1);
    emit_search(f, rules + count / 2, count - count / 2);
}

static void build_child_filter(struct filter *f, pid_t pid)
{
    struct rule rules[sizeof zygote_only / sizeof *zygote_only + 2] = {
        {SYS_clone, allow_threads}, {SYS_prctl, keep_the_tie}};
    size_t count = 2;
    for (size_t i = 0; i < sizeof zygote_only / sizeof *zygote_only; i++) {
        int number = zygote_only[i];
        int signals = number == SYS_kill || number == SYS_tgkill;
        rules[count++] = (struct rule){number, signals                  ? allow_to_self
                                               : number == SYS_prlimit64 ? allow_reading_limits
                                                                         : refuse_all};
    }
    qsort(rules, count, sizeof *rules, by_number);
    self = pid;
    f->length = 0;
    load(f, offsetof(struct seccomp_data, nr)); /* the large filter has checked the architecture */
    emit_search(f, rules, count);
}

int seccomp_enter_child(pid_t pid)
{
    struct filter f;
    build_child_filter(&f, pid);
    return install(&f, 0) < 0 ? fail("install the child's seccomp filter") : 0;
}
