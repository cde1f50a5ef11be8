/* broker.c - system calls that a filter cannot decide by their registers alone, answered by the
 * zygote.
 *
 * The large filter passes two kinds of call to a listener (SECCOMP_RET_USER_NOTIF) that only the
 * zygote holds: the opening of a file (broker_files.c), and the start and end of a thread
 * (broker_threads.c).
 */
#define _GNU_SOURCE
#include "folder.h"
#include "rltf.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int listener = -1;

void broker_start(int fd)
{
    listener = fd;
}

int broker_descriptor(void)
{
    return listener;
}

int broker_reply(uint64_t id, int error)
{
    struct seccomp_notif_resp response = {
        .id = id,
        .error = -error,
        .flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE,
    };
    /* ENOENT: the caller has been killed meanwhile, or a signal has interrupted the call. */
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
}

void broker_answer(uint32_t most_threads)
{
    struct seccomp_notif call = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
        return; /* the caller was killed before we looked */
    switch (call.data.nr) {
    case SYS_openat:
        broker_open(&call, call.data.args[1], (int)call.data.args[2], (mode_t)call.data.args[3],
                    (int)call.data.args[0]);
        return;
#ifdef __x86_64__
    case SYS_open:
        broker_open(&call, call.data.args[0], (int)call.data.args[1], (mode_t)call.data.args[2],
                    AT_FDCWD);
        return;
#endif
    case SYS_umask:
        folder_mask((mode_t)call.data.args[0]);
        broker_reply(call.id, 0);
        return;
    case SYS_exit:
        broker_thread_ends(call.id, (pid_t)call.pid);
        return;
    default:
        broker_thread_starts(call.id, most_threads);
    }
}
