/* test_filter.c - the two filters as tables: which calls are allowed, refused, brokered, killed.
 *
 * The filters are built as they are for a kernel and then evaluated here, so that the table of an
 * architecture can be read on a machine of another: with -DTABLE_OF_AARCH64 and the folder generic/
 * before the system's headers this is aarch64's.
 */
#define _GNU_SOURCE
#include "rltf.h"

#include "check.h"

/* all that the two filters include, while the compiler's own architecture still stands */
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef TABLE_OF_AARCH64
#undef __x86_64__
#define __aarch64__ 1
#endif

#include "../../csrc/filter_child.c"
#include "../../csrc/filter_folder.c"
#include "../../csrc/filter_zygote.c"

#ifdef __x86_64__
#define ARCHITECTURE "x86-64"
#define FOREIGN_ARCH AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE "aarch64"
#define FOREIGN_ARCH AUDIT_ARCH_X86_64
#endif

#define SELF 4711
#define ALLOW SECCOMP_RET_ALLOW
#define NOTIFY SECCOMP_RET_USER_NOTIF
#define KILL SECCOMP_RET_KILL_PROCESS
#define NO(error) (SECCOMP_RET_ERRNO | (error))
#define HIGHEST 600 /* above every system call that there is */

static struct filter zygotes, childs;

/*** A kernel's interpreter, as far as the filters use it ***/

static uint32_t evaluate(const struct filter *f, const struct seccomp_data *data)
{
    uint32_t a = 0;
    for (size_t at = 0; at < f->length; at++) {
        const struct sock_filter *s = &f->code[at];
        switch (s->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            CHECK(s->k % 4 == 0 && s->k + 4 <= sizeof *data);
            memcpy(&a, (const char *)data + s->k, 4);
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            at += a == s->k ? s->jt : s->jf;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            at += a >= s->k ? s->jt : s->jf;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            at += a > s->k ? s->jt : s->jf;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            at += a & s->k ? s->jt : s->jf;
            break;
        case BPF_RET | BPF_K:
            return s->k;
        default:
            CHECK(!"an instruction that the filters do not use");
        }
    }
    CHECK(!"a filter that ends without an answer");
    return KILL;
}

static struct seccomp_data call(long number, uint64_t first, uint64_t second, uint64_t third)
{
    return (struct seccomp_data){.nr = (int)number, .arch = NATIVE_ARCH, .args = {first, second, third}};
}

/* Of two filters a kernel takes the answer that allows less. */
static uint32_t stricter(uint32_t one, uint32_t other)
{
    int32_t a = (int32_t)(one & SECCOMP_RET_ACTION_FULL), b = (int32_t)(other & SECCOMP_RET_ACTION_FULL);
    return a <= b ? one : other;
}

static uint32_t in_child(struct seccomp_data data)
{
    return stricter(evaluate(&childs, &data), evaluate(&zygotes, &data));
}

/*** The table ***/

struct row {
    const char *name;
    long number;
    uint64_t args[4];
    uint32_t child, zygote;
};
#define ROW(name, a, b, c, child, zygote) {#name "(" #a ", " #b ", " #c ")", SYS_##name, {a, b, c}, child, zygote}
#define FLAGS(name, flags, both) {#name "(…, " #flags ")", SYS_##name, {0, 0, 0, flags}, both, both} /* the fourth */
#define THREAD                                                                                     \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |            \
     CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

#define HALF 0x100000000ull /* a bit that only the upper half of an argument has */

static const struct row rows[] = {
    /* opening: the broker decides; where there is none, nothing is written */
    ROW(openat, 0, 0, O_RDONLY | O_CLOEXEC, NOTIFY, NOTIFY),
    ROW(openat, 0, 0, O_WRONLY, NOTIFY, NOTIFY),
    ROW(openat, 0, 0, O_RDWR, NOTIFY, NOTIFY),
    ROW(openat, 0, 0, O_CREAT, NOTIFY, NOTIFY),
    ROW(openat, 0, 0, O_TRUNC, NOTIFY, NOTIFY),
    ROW(openat, 0, 0, O_TMPFILE, NOTIFY, NOTIFY),
    ROW(openat2, 0, 0, 0, NO(EPERM), ALLOW),
    ROW(pidfd_open, SELF, 0, 0, NO(EPERM), ALLOW),
    ROW(landlock_restrict_self, 0, 0, 0, NO(EPERM), ALLOW),
    /* processes and threads */
    ROW(clone, THREAD, 0, 0, NOTIFY, NOTIFY), /* glibc's; musl's: */
    ROW(clone, THREAD | CLONE_DETACHED, 0, 0, NOTIFY, NOTIFY),
    ROW(clone, THREAD & ~CLONE_FILES, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(clone, THREAD & ~CLONE_FS, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(clone, THREAD & ~CLONE_SYSVSEM, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(clone, THREAD & ~CLONE_SIGHAND, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(clone, THREAD & ~CLONE_SETTLS, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(clone, THREAD | CLONE_IO, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(clone, THREAD | CLONE_PTRACE, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(clone, THREAD | CLONE_VFORK, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(clone, THREAD | 17, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(clone, CLONE_FILES | 17, 0, 0, NO(EPERM), ALLOW),
    ROW(close_range, 3, 9, 0, ALLOW, ALLOW),
    ROW(close_range, 3, 9, CLOSE_RANGE_UNSHARE, NO(EPERM), NO(EPERM)),
    ROW(close_range, 3, 9, CLOSE_RANGE_UNSHARE | 4, NO(EPERM), NO(EPERM)),
    ROW(clone, 17 /* SIGCHLD: fork */, 0, 0, NO(EPERM), ALLOW),
    ROW(clone, CLONE_VM | CLONE_VFORK, 0, 0, NO(EPERM), ALLOW),
    ROW(clone, CLONE_NEWUSER, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(clone, CLONE_NEWNET | CLONE_THREAD, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(clone, CLONE_NEWPID, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(clone, CLONE_NEWNS, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(clone3, 0, 0, 0, NO(ENOSYS), NO(ENOSYS)),
    ROW(exit, 0, 0, 0, NOTIFY, NOTIFY),
    ROW(exit_group, 0, 0, 0, ALLOW, ALLOW),
    /* memory: none that is kept from everybody, and nothing that goes to a disk */
    FLAGS(mmap, MAP_PRIVATE | MAP_ANONYMOUS, ALLOW),
    FLAGS(mmap, MAP_PRIVATE | MAP_FIXED | MAP_DENYWRITE, ALLOW),
    FLAGS(mmap, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, NO(EPERM)),
    FLAGS(mmap, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, NO(EPERM)),
    FLAGS(mremap, MREMAP_MAYMOVE, ALLOW),
    FLAGS(mremap, MREMAP_MAYMOVE | MREMAP_FIXED, NO(EPERM)),
    ROW(madvise, 4096, 4096, MADV_DONTNEED, ALLOW, ALLOW),
    ROW(madvise, 4096, 4096, MADV_HUGEPAGE, ALLOW, ALLOW),
    ROW(madvise, 4096, 4096, MADV_PAGEOUT, NO(EINVAL), NO(EINVAL)),
    ROW(madvise, 4096, 4096, MADV_COLD, NO(EINVAL), NO(EINVAL)),
    ROW(madvise, 4096, 4096, MADV_MERGEABLE, NO(EINVAL), NO(EINVAL)),
    ROW(msync, 4096, 4096, MS_ASYNC, ALLOW, ALLOW),
    ROW(msync, 4096, 4096, MS_SYNC, NO(0), NO(0)),
    ROW(fsync, 1, 0, 0, NO(0), NO(0)),
    ROW(fdatasync, 1, 0, 0, NO(0), NO(0)),
    ROW(fadvise64, 1, 0, 0, NO(0), NO(0)),
    /* signals: to itself, and none that queues */
    ROW(kill, SELF, 9, 0, ALLOW, ALLOW),
    ROW(kill, SELF + 1, 9, 0, NO(EPERM), ALLOW),
    ROW(kill, (uint64_t)-1, 9, 0, NO(EPERM), ALLOW),
    ROW(kill, 0, 9, 0, NO(EPERM), ALLOW),
    ROW(kill, SELF, 0, 0, ALLOW, ALLOW),
    ROW(kill, SELF, 31, 0, ALLOW, ALLOW),
    ROW(kill, SELF, 32, 0, NO(EPERM), ALLOW),
    ROW(kill, SELF, 39, 0, NO(EPERM), ALLOW),
    ROW(kill, SELF, 64, 0, NO(EPERM), ALLOW),
    ROW(kill, SELF, UINT32_MAX, 0, NO(EPERM), ALLOW),
    ROW(tgkill, SELF, 1, 9, ALLOW, ALLOW),
    ROW(tgkill, SELF, SELF, 34, NO(EPERM), ALLOW),
    ROW(tgkill, 1, 1, 9, NO(EPERM), ALLOW),
    ROW(tkill, SELF, 9, 0, NO(EPERM), NO(EPERM)),
    ROW(rt_sigqueueinfo, SELF, 9, 0, NO(EPERM), NO(EPERM)),
    ROW(rt_tgsigqueueinfo, SELF, SELF, 9, NO(EPERM), NO(EPERM)),
    ROW(pidfd_send_signal, 5, 9, 0, NO(EPERM), NO(EPERM)),
    /* limits: looked at, not set; the new limit's address may lie anywhere */
    ROW(prlimit64, 0, 7, 0, ALLOW, ALLOW),
    ROW(prlimit64, 0, 7, 4096, NO(EPERM), ALLOW),
    ROW(prlimit64, 0, 7, HALF, NO(EPERM), ALLOW),
    /* prctl */
    ROW(prctl, PR_SET_NAME, 0, 0, ALLOW, ALLOW),
    ROW(prctl, PR_SET_VMA, 0, 0, ALLOW, ALLOW),
    ROW(prctl, PR_SET_PDEATHSIG, 0, 0, NO(EPERM), ALLOW),
    ROW(prctl, PR_SET_DUMPABLE, 1, 0, NO(EPERM), ALLOW),
    ROW(prctl, PR_SET_PTRACER, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(prctl, PR_SET_SECCOMP, 2, 0, NO(EPERM), NO(EPERM)),
    ROW(prctl, PR_SET_MM, 0, 0, NO(EPERM), NO(EPERM)),
    /* ioctl, fcntl, sockets */
    ROW(ioctl, 1, TCGETS, 0, ALLOW, ALLOW),
    ROW(ioctl, 1, FIONBIO, 0, ALLOW, ALLOW),
    ROW(ioctl, 1, TIOCSTI, 0, NO(ENOTTY), NO(ENOTTY)),
    ROW(ioctl, 1, TIOCLINUX, 0, NO(ENOTTY), NO(ENOTTY)),
    ROW(fcntl, 1, F_GETFL, 0, ALLOW, ALLOW),
    ROW(fcntl, 1, F_SETFL, 0, ALLOW, ALLOW),
    ROW(fcntl, 1, F_SETOWN, 0, NO(EPERM), NO(EPERM)),
    ROW(fcntl, 1, F_ADD_SEALS, 0, NO(EPERM), NO(EPERM)),
    ROW(fcntl, 1, F_SETPIPE_SZ, 0, NO(EPERM), NO(EPERM)),
    ROW(socketpair, AF_UNIX, 0, 0, ALLOW, ALLOW),
    ROW(socketpair, AF_INET, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(getsockopt, 6, SOL_SOCKET, SO_TYPE, ALLOW, ALLOW),
    ROW(getsockopt, 6, SOL_SOCKET, SO_SNDBUF, ALLOW, ALLOW),
    ROW(getsockopt, 6, SOL_SOCKET, SO_PEERCRED, NO(EPERM), NO(EPERM)),
    ROW(getsockopt, 6, SOL_SOCKET, 77 /* SO_PEERPIDFD */, NO(EPERM), NO(EPERM)),
    ROW(getsockopt, 6, SOL_SOCKET, SO_PEERSEC, NO(EPERM), NO(EPERM)),
    ROW(getsockopt, 6, SOL_SOCKET, SO_PEERGROUPS, NO(EPERM), NO(EPERM)),
    FLAGS(sendto, MSG_NOSIGNAL | MSG_DONTWAIT, ALLOW),
    FLAGS(sendto, MSG_OOB, NO(EPERM)),
    FLAGS(recvfrom, MSG_PEEK, ALLOW),
    FLAGS(recvfrom, MSG_OOB | MSG_PEEK, NO(EPERM)),
    /* what the zygote gives up in its child */
    ROW(seccomp, 1, 0, 0, NO(EPERM), ALLOW),
    ROW(sendmsg, 0, 0, 0, NO(EPERM), ALLOW),
    ROW(recvmsg, 0, 0, 0, NO(EPERM), ALLOW),
    ROW(timer_create, 0, 0, 0, NO(EPERM), ALLOW),
    ROW(timer_settime, 0, 0, 0, NO(EPERM), ALLOW),
    ROW(timer_delete, 0, 0, 0, NO(EPERM), ALLOW),
    ROW(process_vm_readv, 1, 0, 0, NO(EPERM), ALLOW),
#ifdef __x86_64__
    ROW(open, 0, O_RDONLY, 0, NOTIFY, NOTIFY),
    ROW(open, 0, O_WRONLY, 0, NOTIFY, NOTIFY),
    ROW(setrlimit, 7, 0, 0, NO(EPERM), ALLOW),
    ROW(fork, 0, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(vfork, 0, 0, 0, NO(EPERM), NO(EPERM)),
    ROW(creat, 0, 0, 0, NO(EPERM), NO(EPERM)),
#endif
};

static void every_row_of_the_table_holds(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct seccomp_data data = call(row->number, row->args[0], row->args[1], row->args[2]);
        data.args[3] = row->args[3];
        uint32_t zygote = evaluate(&zygotes, &data), child = in_child(data);
        if (zygote != row->zygote || child != row->child) {
            fprintf(stderr, "%s: zygote %08x, not %08x; child %08x, not %08x\n", row->name, zygote,
                    row->zygote, child, row->child);
            _exit(1);
        }
    }
}

/* What CPython 3.11 to 3.14, glibc and numpy call in programs that compute, read and print. What 3.14
 * has more than 3.13: a new thread looks for its stack (pthread_getattr_np: sched_getaffinity) and
 * gives itself a name (prctl PR_SET_NAME). Its remote debugger would need process_vm_readv,
 * process_vm_writev and ptrace, and its subprocesses clone3, clone and pidfd_open: all refused. */
static const long needed[] = {
    SYS_read, SYS_write, SYS_close, SYS_lseek, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_getdents64,
    SYS_brk, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_membarrier,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_setitimer,
    SYS_futex, SYS_set_robust_list, SYS_rseq, SYS_gettid, SYS_sched_yield, SYS_exit_group,
    SYS_clock_gettime, SYS_clock_nanosleep, SYS_getrandom, SYS_uname, SYS_sysinfo, SYS_getrusage,
    SYS_getpid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getcwd,
    SYS_readlinkat, SYS_faccessat, SYS_faccessat2, SYS_sched_getaffinity, SYS_getcpu,
    SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_eventfd2, SYS_pipe2, SYS_pselect6,
    SYS_ppoll, SYS_dup, SYS_dup3, SYS_ftruncate,
#ifdef __x86_64__
    SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_poll, SYS_select, SYS_epoll_wait, SYS_pipe,
    SYS_dup2, SYS_alarm, SYS_time, SYS_arch_prctl, SYS_getdents,
#endif
};

/* What a program must not have, whatever the arguments: files, network, other processes, kernel. */
static const long dangerous[] = {
    SYS_unlinkat, SYS_mkdirat, SYS_renameat2, SYS_linkat, SYS_symlinkat, SYS_mknodat, SYS_fchmod,
    SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_truncate, SYS_fallocate, SYS_utimensat, SYS_setxattr,
    SYS_chdir, SYS_fchdir, SYS_chroot, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_fsopen,
    SYS_move_mount, SYS_open_tree, SYS_name_to_handle_at, SYS_open_by_handle_at, SYS_inotify_init1,
    SYS_fanotify_init, SYS_flock, SYS_copy_file_range, SYS_sendfile, SYS_splice, SYS_vmsplice,
    SYS_memfd_create, SYS_memfd_secret, SYS_shmget, SYS_shmat, SYS_semget, SYS_msgget, SYS_mq_open,
    SYS_socket, SYS_bind, SYS_connect, SYS_listen, SYS_accept, SYS_accept4, SYS_setsockopt,
    SYS_sendmmsg, SYS_recvmmsg, SYS_execve, SYS_execveat, SYS_unshare, SYS_setns, SYS_ptrace,
    SYS_process_vm_writev, SYS_process_madvise, SYS_kcmp, SYS_pidfd_open, SYS_pidfd_getfd, SYS_setuid,
    SYS_setgid, SYS_setresuid, SYS_setgroups, SYS_capset, SYS_setsid, SYS_setpgid, SYS_personality,
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter,
    SYS_io_uring_register, SYS_io_setup, SYS_io_submit, SYS_keyctl, SYS_add_key, SYS_request_key,
    SYS_init_module, SYS_finit_module, SYS_kexec_load, SYS_reboot, SYS_swapon, SYS_quotactl,
    SYS_acct, SYS_syslog, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_sethostname,
    SYS_setpriority, SYS_sched_setaffinity, SYS_sched_setscheduler, SYS_ioprio_set, SYS_mlock,
    SYS_mlockall, SYS_mbind, SYS_migrate_pages, SYS_remap_file_pages, SYS_timerfd_create,
    SYS_signalfd4, SYS_mq_notify, SYS_sync, SYS_syncfs, SYS_sync_file_range, SYS_readahead, SYS_mlock2,
    SYS_shmctl, SYS_semop, SYS_msgsnd, SYS_inotify_add_watch, SYS_tee, SYS_sched_setattr,
    SYS_set_mempolicy, SYS_landlock_create_ruleset, SYS_landlock_restrict_self,
#ifdef __x86_64__
    SYS_unlink, SYS_mkdir, SYS_rename, SYS_link, SYS_symlink, SYS_mknod, SYS_chmod, SYS_chown,
    SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
};

static const uint64_t arguments[] = {0, 1, SELF, AF_UNIX, CLONE_THREAD, HALF, UINT32_MAX, UINT64_MAX};
#define ARGUMENTS (sizeof arguments / sizeof *arguments)

static void what_programs_need_is_allowed(void)
{
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        for (size_t a = 0; a < ARGUMENTS; a++)
            if (in_child(call(needed[i], arguments[a], arguments[a], arguments[a])) != ALLOW) {
                fprintf(stderr, "call %ld is not allowed\n", needed[i]);
                _exit(1);
            }
}

static void what_is_dangerous_is_refused_with_an_error(void)
{
    for (size_t i = 0; i < sizeof dangerous / sizeof *dangerous; i++)
        for (size_t a = 0; a < ARGUMENTS; a++)
            if (in_child(call(dangerous[i], arguments[a], arguments[a], arguments[a])) != NO(EPERM)) {
                fprintf(stderr, "call %ld is not refused\n", dangerous[i]);
                _exit(1);
            }
}

static void no_native_call_is_killed_and_new_ones_are_refused(void)
{
    for (long number = 0; number < HIGHEST; number++)
        for (size_t a = 0; a < ARGUMENTS; a++) {
            struct seccomp_data data = call(number, arguments[a], arguments[a], arguments[a]);
            CHECK((in_child(data) & SECCOMP_RET_ACTION_FULL) != KILL);
            CHECK((evaluate(&zygotes, &data) & SECCOMP_RET_ACTION_FULL) != KILL);
        }
    for (long number = SYS_futex_waitv + 3; number < HIGHEST; number++)
        CHECK(in_child(call(number, 0, 0, 0)) == NO(EPERM));
}

static void a_foreign_architecture_is_killed_whatever_it_calls(void)
{
    static const uint32_t foreign[] = {FOREIGN_ARCH, AUDIT_ARCH_I386, AUDIT_ARCH_ARM, 0};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        for (long number = 0; number < HIGHEST; number++) {
            struct seccomp_data data = call(number, 0, 0, 0);
            data.arch = foreign[i];
            CHECK(in_child(data) == KILL);
        }
#ifdef __x86_64__
    for (long number = 0; number < HIGHEST; number++)
        CHECK(in_child(call((int)(X32_BIT | (uint32_t)number), 0, 0, 0)) == KILL);
#endif
}

static void a_kernel_alone_decides_where_there_is_landlock_and_nobody_where_there_is_none(void)
{
    static const struct {
        int flags, allowed;
    } opened[] = {
        {O_RDONLY, 1}, {O_RDONLY | O_CLOEXEC | O_DIRECTORY, 1}, {O_RDONLY | O_TRUNC, 0},
        {O_RDONLY | O_CREAT, 0}, {O_RDONLY | O_APPEND, 0}, {O_WRONLY, 1}, {O_RDWR, 1},
        {O_WRONLY | O_CREAT | O_TRUNC, 1}, {O_RDWR | O_APPEND, 1}, {O_ACCMODE, 0},
        {O_ACCMODE | O_TRUNC, 0}, {O_WRONLY | O_TMPFILE, 0}, {O_RDWR | O_TMPFILE, 0},
    };
    for (size_t i = 0; i < sizeof opened / sizeof *opened; i++) {
        struct seccomp_data data = call(SYS_openat, 0, 0, (uint64_t)opened[i].flags);
        build_zygote_filter(&zygotes, OPENING_KERNEL, ALLOW, 0);
        CHECK(in_child(data) == (opened[i].allowed ? ALLOW : NO(EACCES)));
        build_zygote_filter(&zygotes, OPENING_NEVER, ALLOW, 0);
        CHECK(in_child(data) == NO(EACCES));
    }
}

/* Of these a folder allows the first, whatever the arguments; the others stay refused. */
static const int in_folder[] = {
    SYS_mkdirat, SYS_unlinkat, SYS_renameat2, SYS_linkat, SYS_symlinkat, SYS_fchmod, SYS_utimensat,
    SYS_truncate, SYS_chdir, SYS_flock,
};
static const int never[] = {
    SYS_mknodat, SYS_fchown, SYS_fchownat, SYS_bind, SYS_socket, SYS_mount, SYS_umount2, SYS_chroot,
    SYS_pivot_root, SYS_inotify_init1, SYS_memfd_create, SYS_mount_setattr, SYS_swapon,
    SYS_name_to_handle_at, SYS_open_by_handle_at, SYS_quotactl, SYS_acct, SYS_sync, SYS_syncfs,
};

static void a_folder_allows_what_changes_files_and_nothing_else(void)
{
    for (size_t i = 0; i < sizeof in_folder / sizeof *in_folder; i++)
        CHECK(in_child(call(in_folder[i], 0, 0, 0)) == NO(EPERM));
    build_zygote_filter(&zygotes, OPENING_BROKER, NOTIFY, 1);
    CHECK(zygotes.length < MAX_CODE);
    for (size_t a = 0; a < ARGUMENTS; a++) {
        for (size_t i = 0; i < sizeof in_folder / sizeof *in_folder; i++)
            CHECK(in_child(call(in_folder[i], arguments[a], arguments[a], arguments[a])) == ALLOW);
        for (size_t i = 0; i < sizeof never / sizeof *never; i++)
            CHECK(in_child(call(never[i], arguments[a], arguments[a], arguments[a])) == NO(EPERM));
    }
    CHECK(in_child(call(SYS_openat, 0, 0, O_CREAT | O_WRONLY)) == NOTIFY);
    CHECK(in_child(call(SYS_fcntl, 5, F_SETLK, 0)) == NO(0));
    CHECK(in_child(call(SYS_fcntl, 5, F_SETLKW, 0)) == NO(0));
    CHECK(in_child(call(SYS_fcntl, 5, F_GETLK, 0)) == ALLOW);
    CHECK(in_child(call(SYS_fcntl, 5, F_OFD_SETLK, 0)) == NO(EPERM));
    CHECK(in_child(call(SYS_fcntl, 5, F_SETLEASE, 0)) == NO(EPERM));
    CHECK(in_child(call(SYS_fcntl, 5, F_NOTIFY, 0)) == NO(EPERM));
    CHECK(in_child(call(SYS_fallocate, 5, 0, 0)) == ALLOW);
    CHECK(in_child(call(SYS_fallocate, 5, 1 /* FALLOC_FL_KEEP_SIZE */, 0)) == NO(EOPNOTSUPP));
    CHECK(in_child(call(SYS_setxattr, 0, 0, 0)) == NO(EOPNOTSUPP));
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        CHECK(in_child(call(needed[i], 1, 1, 1)) == (needed[i] == SYS_umask ? NOTIFY : ALLOW));
}

static void a_mapping_is_close_to_the_others(void)
{
    static const uint64_t part = 1ull << 32;
    uint64_t here = (uintptr_t)&self;
    build_child_filter(&childs, SELF, part + 1);
    for (int parts = -10; parts <= 10; parts++) {
        uint32_t wanted = parts < -4 || parts > 4 ? NO(ENOMEM) : ALLOW;
        CHECK(in_child(call(SYS_mmap, here + (uint64_t)parts * part, 4096, PROT_READ)) == wanted);
    }
    CHECK(in_child(call(SYS_mmap, 0, 4096, PROT_READ)) == ALLOW); /* where the kernel likes */
    CHECK(in_child(call(SYS_mmap, part - 4096, 4096, PROT_READ)) == ALLOW);
    CHECK(in_child(call(SYS_mmap, UINT64_MAX, 4096, PROT_READ)) == NO(ENOMEM));
}

int main(void)
{
    static const struct test tests[] = {
        {"every row of the table holds", every_row_of_the_table_holds},
        {"what programs need is allowed", what_programs_need_is_allowed},
        {"what is dangerous is refused with an error", what_is_dangerous_is_refused_with_an_error},
        {"no native call is killed, and new ones are refused",
         no_native_call_is_killed_and_new_ones_are_refused},
        {"a folder allows what changes files, and nothing else",
         a_folder_allows_what_changes_files_and_nothing_else},
        {"a mapping is close to the others", a_mapping_is_close_to_the_others},
        {"a foreign architecture is killed, whatever it calls",
         a_foreign_architecture_is_killed_whatever_it_calls},
        {"a kernel alone decides where there is Landlock, and nobody where there is none",
         a_kernel_alone_decides_where_there_is_landlock_and_nobody_where_there_is_none},
    };
    build_zygote_filter(&zygotes, OPENING_BROKER, NOTIFY, 0);
    build_child_filter(&childs, SELF, ANYWHERE);
    CHECK(zygotes.length < MAX_CODE && childs.length < MAX_CODE);
    return run_tests("filter of " ARCHITECTURE, tests, sizeof tests / sizeof *tests);
}
