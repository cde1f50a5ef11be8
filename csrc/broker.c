/* broker.c - calls that a filter cannot decide by their registers alone, answered by the zygote.
 *
 * The large filter passes two kinds of call to a listener (SECCOMP_RET_USER_NOTIF) that only the
 * zygote holds: the start and end of a thread, which are counted, and, on a kernel without Landlock,
 * the opening of a file. A file is opened here, by the zygote's own copy of the path, looked at, and
 * only then handed to the child, so that what was checked is what is opened. The zygote itself never
 * makes either call.
 */
#define _GNU_SOURCE
#include "rltf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define PATH_LONGEST 4096

static struct {
    int listener;
    const char *const *files;
    const char *const *folders;
} broker = {.listener = -1};

void broker_start(int listener, const char *const *files, const char *const *folders)
{
    broker.listener = listener;
    broker.files = files;
    broker.folders = folders;
}

int broker_descriptor(void)
{
    return broker.listener;
}

/* Whether the caller was still there to hear it. */
static int answer(uint64_t id, int error)
{
    struct seccomp_notif_resp response = {
        .id = id,
        .error = -error,
        .flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE,
    };
    /* ENOENT: the caller has been killed meanwhile, or a signal has taken it out of the call. */
    return ioctl(broker.listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
}

/* Reads the caller's string; 0 on success, else an errno. */
static int read_path(pid_t pid, uint64_t address, char path[PATH_LONGEST])
{
    size_t done = 0;
    while (done < PATH_LONGEST) {
        /* up to the end of the page: the next one need not be there */
        size_t size = 4096 - (address + done) % 4096;
        if (size > PATH_LONGEST - done)
            size = PATH_LONGEST - done;
        struct iovec local = {.iov_base = path + done, .iov_len = size};
        struct iovec remote = {.iov_base = (void *)(uintptr_t)(address + done), .iov_len = size};
        ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
        if (got <= 0)
            return errno == EFAULT ? EFAULT : EACCES;
        if (memchr(path + done, 0, (size_t)got) != NULL)
            return 0;
        done += (size_t)got;
    }
    return ENAMETOOLONG;
}

static int is_beneath(const char *path, const char *root)
{
    size_t length = strlen(root);
    return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static int is_allowed(const char *path, mode_t mode)
{
    for (const char *const *file = broker.files; *file != NULL; file++)
        if (is_beneath(path, *file))
            return 1;
    if (S_ISDIR(mode))
        for (const char *const *folder = broker.folders; *folder != NULL; folder++)
            if (is_beneath(path, *folder))
                return 1;
    return 0;
}

/* Opens a path as the child may; the descriptor, or a negative errno. */
static int open_for_child(const char *path, int flags)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC | (uint64_t)(flags & (O_DIRECTORY | O_NOFOLLOW))};
    int looked_at = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    if (looked_at < 0)
        return -errno;
    char link[64], real[PATH_LONGEST];
    snprintf(link, sizeof link, "/proc/self/fd/%d", looked_at);
    ssize_t length = readlink(link, real, sizeof real - 1);
    struct stat status;
    int result = -EACCES;
    if (length > 0 && fstat(looked_at, &status) == 0) {
        real[length] = 0;
        if (is_allowed(real, status.st_mode)) {
            how.flags = O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
            result = (int)syscall(SYS_openat2, AT_FDCWD, link, &how, sizeof how);
            if (result < 0)
                result = -errno;
        }
    }
    close(looked_at);
    return result;
}

static void answer_open(const struct seccomp_notif *call, uint64_t path_address, int flags, int folder)
{
    char path[PATH_LONGEST];
    int error = read_path((pid_t)call->pid, path_address, path);
    if (error == 0 && path[0] != '/' && folder != AT_FDCWD)
        error = EACCES; /* relative to a folder that we do not know */
    if (error) {
        answer(call->id, error);
        return;
    }
    int fd = open_for_child(path, flags);
    if (fd < 0) {
        answer(call->id, -fd);
        return;
    }
    struct seccomp_notif_addfd pass = {
        .id = call->id,
        .flags = SECCOMP_ADDFD_FLAG_SEND,
        .srcfd = (uint32_t)fd,
        .newfd_flags = (uint32_t)(flags & O_CLOEXEC),
    };
    if (ioctl(broker.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &pass) < 0 && errno != ENOENT)
        answer(call->id, errno);
    close(fd);
}

/*** Threads ***
 *
 * A thread counts from the leave to start until the kernel no longer knows its number. That it wants to
 * end is not enough: on kernels before 5.19, and in a short moment on later ones, a signal can call it back
 * after the leave.
 */

#define STEP_NS 200000
#define MOST_STEPS 100 /* 20 ms: for a thread that ends, some steps from its last call to its end */

static struct {
    pid_t process;
    uint32_t count;
    uint32_t ending; /* entries of `numbers` */
    struct buffer numbers;
} threads;

int broker_begin(pid_t process, uint32_t most)
{
    threads.process = process;
    threads.count = 1;
    threads.ending = 0;
    return buffer_reserve_apart(&threads.numbers, most * sizeof(pid_t));
}

/* Those that have ended no longer count. */
static void look_for_ended(void)
{
    pid_t *numbers = (pid_t *)(void *)threads.numbers.data;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < threads.ending; i++)
        if (syscall(SYS_tgkill, threads.process, numbers[i], 0) == 0 || errno != ESRCH)
            numbers[kept++] = numbers[i];
    threads.count -= threads.ending - kept;
    threads.ending = kept;
}

static int has_room(uint32_t most)
{
    static const struct timespec step = {.tv_nsec = STEP_NS};
    for (int steps = 0; threads.count >= most && threads.ending > 0; steps++) {
        look_for_ended();
        if (threads.count < most || steps == MOST_STEPS)
            break;
        nanosleep(&step, NULL);
    }
    return threads.count < most;
}

static void answer_start(uint64_t id, uint32_t most)
{
    if (!has_room(most))
        answer(id, EAGAIN); /* as the kernel says it for RLIMIT_NPROC */
    else
        threads.count += (uint32_t)answer(id, 0);
}

static void answer_end(uint64_t id, pid_t thread)
{
    pid_t *numbers = (pid_t *)(void *)threads.numbers.data;
    int known = 0;
    for (uint32_t i = 0; i < threads.ending; i++)
        known |= numbers[i] == thread;
    /* a thread that was called back says it again */
    if (!known && threads.ending < threads.count)
        numbers[threads.ending++] = thread;
    answer(id, 0);
}

void broker_answer(uint32_t most)
{
    struct seccomp_notif call = {0};
    if (ioctl(broker.listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
        return; /* the caller was killed before we looked */
    switch (call.data.nr) {
    case SYS_openat:
        answer_open(&call, call.data.args[1], (int)call.data.args[2], (int)call.data.args[0]);
        return;
#ifdef __x86_64__
    case SYS_open:
        answer_open(&call, call.data.args[0], (int)call.data.args[1], AT_FDCWD);
        return;
#endif
    case SYS_exit:
        answer_end(call.id, (pid_t)call.pid);
        return;
    default:
        answer_start(call.id, most);
    }
}
