/* probe.c - what the kernel lets a broker do, tried out before the filter is installed for good.
 *
 * If somebody above us holds the only seccomp listener, no call comes to us. If we may not read a
 * child's memory (Yama, a container's profile), we cannot read the path of a call. A child that
 * tries to install a listener, and lets us try to read its memory, shows both.
 */
#define _GNU_SOURCE
#include "rltf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_NS 50000000
#define MOST_PAUSES 100

/* Whether there is a listener, and one that takes descriptors (Linux 5.9). */
static int may_listen(void)
{
    struct sock_filter allow_all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = 1, .filter = &allow_all};
    int listener =
        (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    struct seccomp_notif_addfd of_no_call = {0};
    return listener >= 0 && ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &of_no_call) < 0 && errno == ENOENT;
}

static void be_looked_at(int other)
{
    char listens = (char)may_listen(), word;
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 || write_exactly(other, &listens, 1) < 0)
        _exit(1);
    read_exactly(other, &word, 1); /* until the other side closes, or dies */
    _exit(0);
}

static int may_open(pid_t pid)
{
    static const int known = 0x0badcafe;
    int seen = 0;
    struct iovec local = {.iov_base = &seen, .iov_len = sizeof seen};
    struct iovec remote = {.iov_base = (void *)(uintptr_t)&known, .iov_len = sizeof known};
    if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != sizeof seen || seen != known)
        return 0;
    struct open_how how = {.flags = O_PATH | O_CLOEXEC};
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how);
    return fd >= 0 && close(fd) == 0;
}

pid_t fork_patiently(void)
{
    static const struct timespec pause = {.tv_nsec = PAUSE_NS};
    pid_t pid = fork();
    int pauses = 0;
    while (pid < 0 && (errno == EAGAIN || errno == ENOMEM) && pauses++ < MOST_PAUSES) {
        nanosleep(&pause, NULL);
        pid = fork();
    }
    return pid;
}

int probe_broker(void)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return fail("make a socket for the probe");
    pid_t pid = fork_patiently();
    if (pid == 0) {
        close(ends[0]);
        be_looked_at(ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        int error = errno;
        close(ends[0]);
        errno = error;
        return fail("fork a probe");
    }
    char listens;
    int got = read_exactly(ends[0], &listens, 1);
    int found = got > 0 && listens ? BROKER_COUNTS | (may_open(pid) ? BROKER_OPENS : 0) : 0;
    close(ends[0]);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (got > 0)
        return found;
    errno = got == 0 ? ECHILD : errno;
    return fail("ask the probe");
}
