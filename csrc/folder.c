/* folder.c - the private folder of a test: a tmpfs of limited size that only this zygote has.
 *
 * A zygote of tests with files enters a mount namespace once. There it makes everything read-only,
 * and mounts a tmpfs as the working directory and temporary directory of its children. So a child
 * may make the system calls that change files, and can change nothing else with them. The size and
 * the number of inodes are limits of the mount. What else a folder might hold is refused elsewhere:
 * devices, fifos and sockets by the filter and by Landlock, set-user-id and programs by the mount.
 *
 * The folder is emptied before a child starts, by the zygote, when nobody else has it. A folder that
 * cannot be emptied ends the zygote, and the client starts another.
 */
#define _GNU_SOURCE
#include "folder.h"
#include "rltf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* From linux/mount.h, which cannot be included beside sys/mount.h everywhere. */
struct mount_change {
    uint64_t attr_set;
    uint64_t attr_clr;
    uint64_t propagation;
    uint64_t userns_fd;
};
#define ATTR_READ_ONLY 1u
#define ATTR_NO_SUID 2u
#define RECURSIVE 0x8000u
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1u
#endif

#define MEMFD_MODE 0777
#define FOLDER_MODE 0700
#define USUAL_MASK 022
#define PAUSE_NS 1000000
#define MOST_PAUSES 200

static struct {
    int fd; /* -1: this zygote's children have no folder */
    const char *path;
    dev_t device;
    uint64_t bytes;
    int used; /* by a child, since it was empty */
} folder = {.fd = -1};

int folder_mount(const struct rltf_folder *wanted)
{
    struct mount_change read_only = {.attr_set = ATTR_READ_ONLY | ATTR_NO_SUID};
    char options[128];
    snprintf(options, sizeof options, "size=%llu,nr_inodes=%llu,mode=%o",
             (unsigned long long)wanted->bytes, (unsigned long long)wanted->files + 1, FOLDER_MODE);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return fail("make the mounts private");
    if (syscall(SYS_mount_setattr, AT_FDCWD, "/", RECURSIVE, &read_only, sizeof read_only) < 0)
        return fail("make the file system read-only");
    if (mount("rltf", wanted->path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) < 0)
        return fail("mount a folder");
    return 0;
}

int folder_enter(const struct rltf_folder *wanted)
{
    struct stat status;
    int fd = open(wanted->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail("open the folder");
    folder.fd = fcntl(fd, F_DUPFD_CLOEXEC, RLTF_FD_FIRST_FREE);
    close(fd);
    if (folder.fd < 0 || fstat(folder.fd, &status) < 0 || fchdir(folder.fd) < 0)
        return fail("enter the folder");
    umask(USUAL_MASK); /* the same on every machine */
    folder.path = wanted->path;
    folder.bytes = wanted->bytes;
    folder.device = status.st_dev;
    return 0;
}

int folder_descriptor(void)
{
    return folder.fd;
}

const char *folder_path(void)
{
    return folder.path;
}

uint64_t folder_bytes(void)
{
    return folder.bytes;
}

int folder_holds(const struct stat *status)
{
    return folder.fd >= 0 && status->st_dev == folder.device;
}

/*** Emptying ***/

/* The zygote cannot use openat: behind the filter, the broker answers it, which is the zygote
 * itself. */
static int open_below(int at, const char *name)
{
    struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC};
    return (int)syscall(SYS_openat2, at, name, &how, sizeof how);
}

/* Moves a folder to the top under a name that is free, so that no path is ever deep. */
static int move_up(int at, const char *name)
{
    static unsigned number;
    char free_name[16];
    for (;;) {
        snprintf(free_name, sizeof free_name, "%u", number++);
        if (renameat2(at, name, folder.fd, free_name, RENAME_NOREPLACE) == 0)
            return 0;
        if (errno != EEXIST)
            return -1;
    }
}

static int remove_entries(int at);

static int remove_entry(int at, const char *name)
{
    if (unlinkat(at, name, 0) == 0 || (errno != EISDIR && errno != EPERM))
        return errno == EBUSY ? -1 : 0; /* one that stays is met again */
    if (unlinkat(at, name, AT_REMOVEDIR) == 0)
        return 0;
    if (fchmodat(at, name, FOLDER_MODE, 0) < 0)
        return -1;
    if (at != folder.fd)
        return move_up(at, name);
    int below = open_below(at, name);
    if (below < 0)
        return -1;
    int left = remove_entries(below);
    close(below);
    return left < 0 ? -1 : unlinkat(at, name, AT_REMOVEDIR);
}

/* Removes what is in a folder, at the top or one below. Returns how many entries it met. */
static int remove_entries(int at)
{
    char entries[4096] __attribute__((aligned(8)));
    int met = 0;
    if (lseek(at, 0, SEEK_SET) < 0)
        return -1;
    for (;;) {
        long got = syscall(SYS_getdents64, at, entries, sizeof entries);
        if (got <= 0)
            return got < 0 ? -1 : met;
        for (long offset = 0; offset < got;) {
            const struct dirent64 *entry = (const void *)(entries + offset);
            offset += entry->d_reclen;
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                continue;
            met++;
            if (remove_entry(at, entry->d_name) < 0)
                return -1;
        }
    }
}

/* Whether nothing is left, not even of a file that is not named any more. */
static int is_empty(void)
{
    struct statfs status;
    return fstatfs(folder.fd, &status) == 0 && status.f_ffree == status.f_files - 1 &&
           status.f_bfree == status.f_blocks;
}

/* A child can change more of its standard streams here than without files: what nobody looks at
 * could still tell the next child something. */
static int reset_streams(void)
{
    for (int fd = 0; fd <= RLTF_FD_REPORT; fd++)
        if (fchmod(fd, MEMFD_MODE) < 0 || flock(fd, LOCK_UN) < 0 || futimens(fd, NULL) < 0)
            return fail("reset a stream");
    return 0;
}

void folder_used(void)
{
    folder_forget_mask();
    folder.used = folder.fd >= 0;
}

int folder_is_used(void)
{
    return folder.used;
}

int folder_empty(void)
{
    static const struct timespec pause = {.tv_nsec = PAUSE_NS};
    if (!folder.used)
        return 0;
    if (fchmod(folder.fd, FOLDER_MODE) < 0)
        return fail("empty the folder");
    int met;
    do
        met = remove_entries(folder.fd);
    while (met > 0);
    if (met < 0)
        return fail("empty the folder");
    /* what a child had open is given back a moment after its end */
    for (int pauses = 0; !is_empty(); pauses++) {
        if (pauses == MOST_PAUSES) {
            errno = EBUSY;
            return fail("empty the folder");
        }
        nanosleep(&pause, NULL);
    }
    if (futimens(folder.fd, NULL) < 0)
        return fail("empty the folder");
    folder.used = 0;
    return reset_streams();
}
