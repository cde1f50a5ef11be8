/* broker_folder.c - opening and making files in the private folder of a test.
 *
 * Only the device of what was opened says that it lies in the folder, never a path: no link leads to
 * another folder unseen, and none is followed after the look. A child has no way to make anything
 * but files, folders and symbolic links, and nothing else is opened.
 */
#define _GNU_SOURCE
#include "folder.h"
#include "rltf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEPT (O_ACCMODE | O_TRUNC | O_APPEND | O_DIRECTORY)
#define OURS (O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
#define PERMISSIONS 07777u

/* The umask that the child has chosen; -1: it has that of the zygote, which is ours. */
static int chosen_mask = -1;

void folder_mask(mode_t mask)
{
    chosen_mask = (int)(mask & 0777u);
}

void folder_forget_mask(void)
{
    chosen_mask = -1;
}

static int open_beneath(int at, const char *name, int flags, mode_t mode)
{
    struct open_how how = {
        .flags = (uint64_t)(flags | OURS),
        .mode = mode & PERMISSIONS,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    int fd = (int)syscall(SYS_openat2, at, name, &how, sizeof how);
    return fd < 0 ? -errno : fd;
}

/* Opens the folder around a new file; it must lie in the private folder, or be it. */
static int open_parent(const char *path, size_t length)
{
    char parent[PATH_MAX];
    struct stat status;
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC};
    if (length >= sizeof parent)
        return -ENAMETOOLONG;
    memcpy(parent, path, length);
    parent[length] = 0;
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, length ? parent : "/", &how, sizeof how);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) == 0 && folder_holds(&status))
        return fd;
    close(fd);
    return -EACCES;
}

int folder_create(const char *path, int flags, mode_t mode)
{
    const char *name = strrchr(path, '/') + 1;
    if (*name == 0)
        return -EISDIR;
    int parent = open_parent(path, (size_t)(name - 1 - path));
    if (parent < 0)
        return parent;
    int fd = open_beneath(parent, name, flags & (KEPT | O_CREAT | O_EXCL | O_NOFOLLOW), mode);
    close(parent);
    if (fd >= 0 && chosen_mask >= 0)
        fchmod(fd, mode & PERMISSIONS & ~(mode_t)chosen_mask);
    struct stat status;
    if (fd < 0 || (fstat(fd, &status) == 0 && folder_holds(&status) && S_ISREG(status.st_mode)))
        return fd == -EXDEV ? -EACCES : fd;
    close(fd);
    return -EACCES;
}

int folder_reopen(int looked_at, const struct stat *status, int flags, mode_t mode)
{
    if (S_ISLNK(status->st_mode))
        return -ELOOP; /* it was not to be followed */
    if (!S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode))
        return -EACCES;
    if ((flags & O_CREAT) && (flags & O_EXCL))
        return -EEXIST;
    if ((flags & O_TMPFILE) == O_TMPFILE)
        return open_beneath(looked_at, ".", O_TMPFILE | (flags & (O_ACCMODE | O_EXCL)), mode);
    if (S_ISDIR(status->st_mode) && flags & O_CREAT)
        return -EISDIR;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", looked_at);
    struct open_how how = {.flags = (uint64_t)((flags & KEPT) | OURS)};
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, link, &how, sizeof how);
    return fd < 0 ? -errno : fd;
}
