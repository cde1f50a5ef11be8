/* namespaces.c - an empty network and an empty IPC namespace, and a user namespace where they need
 * one.
 *
 * They are a second line behind the seccomp filter: a program may do the same things without them.
 *
 * There is no PID namespace. A zygote cannot enter one itself, so every child would be the first
 * process of its own, and a first process does not get the signals that it sends itself, such as
 * that of abort(). A program would behave differently there, and has no processes to hide or to
 * leave behind. There is a mount namespace only for a test with files (folder.c): for all others
 * Landlock or the broker decide about every file that is opened, and nothing is written.
 */
#define _GNU_SOURCE
#include "folder.h"
#include "rltf.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(path);
    ssize_t put = write(fd, text, strlen(text));
    close(fd);
    return put < 0 ? fail(path) : 0;
}

/* Who we are, we stay. */
static int map_id(const char *path, unsigned id)
{
    char map[32];
    snprintf(map, sizeof map, "%u %u 1\n", id, id);
    return write_text(path, map);
}

static int map_ids(uid_t uid, gid_t gid)
{
    if (write_text("/proc/self/setgroups", "deny") < 0 || map_id("/proc/self/uid_map", uid) < 0 ||
        map_id("/proc/self/gid_map", gid) < 0)
        return -1;
    return 0;
}

/* Tried in a process that is thrown away: halfway in there is no way back. -1: it cannot be tried. */
static int can_enter(int flags, const struct rltf_folder *folder, uid_t uid, gid_t gid)
{
    int status;
    pid_t pid = fork_patiently();
    if (pid == 0)
        _exit(unshare(flags) < 0 || (flags & CLONE_NEWUSER && map_ids(uid, gid) < 0) ||
              (flags & CLONE_NEWNS && folder_mount(folder) < 0));
    if (pid < 0)
        return fail("fork to try namespaces");
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return fail("wait for what tries namespaces");
    return status == 0;
}

int namespaces_enter(const struct rltf_folder *folder)
{
    static const int apart = CLONE_NEWNET | CLONE_NEWIPC;
    /* root alone needs no user namespace, where nobody makes them */
    static const int choices[] = {
        apart | CLONE_NEWUSER | CLONE_NEWNS, apart | CLONE_NEWNS, apart | CLONE_NEWUSER, apart,
    };
    const uid_t uid = geteuid();
    const gid_t gid = getegid();
    size_t at = folder == NULL || folder->bytes == 0 ? LENGTH_OF(choices) / 2 : 0;
    int can = 0;
    while (at < LENGTH_OF(choices) && (can = can_enter(choices[at], folder, uid, gid)) == 0)
        at++;
    if (can <= 0)
        return can;
    int flags = choices[at];
    if (unshare(flags) < 0)
        return 0; /* a library has started a thread: nothing has changed yet */
    if (flags & CLONE_NEWUSER && map_ids(uid, gid) < 0)
        return -1;
    if (flags & CLONE_NEWNS && folder_mount(folder) < 0)
        return -1;
    return LAYER_NET_NS | LAYER_IPC_NS | (flags & CLONE_NEWUSER ? LAYER_USER_NS : 0) |
           (flags & CLONE_NEWNS ? LAYER_FILES : 0);
}
