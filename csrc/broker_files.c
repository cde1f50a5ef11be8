/* broker_files.c - opening files for a child.
 *
 * A file is opened here, by the zygote's own copy of the path. It is examined and only then handed
 * to the child, so what was checked is what is opened. The zygote itself makes no call that the
 * broker answers.
 *
 * Some paths stand for what a child has already. /dev/stdout and its like give a copy of the
 * child's descriptor: a memfd that is opened anew would be written from its start, where a pipe is
 * written at its end. /solution.py is the program itself, and in a judge /test.py is the test's
 * code. A judge with a folder gets neither: there a test may open a file that the program has named.
 */
#define _GNU_SOURCE
#include "folder.h"
#include "rltf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PATH_LONGEST 4096
#define PROGRAM_FILE "/solution.py" /* FILENAME in guest/shared/exceptions.py; all run in /, or in
                                       their folder */
#define TEST_FILE "/test.py"       /* FILE in guest/judge/test_runner.py */
#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))

static struct {
    int fd;     /* a memfd for PROGRAM_FILE or TEST_FILE */
    int filled; /* with the source of the running program or test */
} source;

int broker_files_prepare(void)
{
    int fd = memfd_create("solution.py", MFD_CLOEXEC);
    if (fd < 0)
        return fail("make a memfd");
    source.fd = fcntl(fd, F_DUPFD_CLOEXEC, RLTF_FD_FIRST_FREE);
    close(fd);
    return source.fd < 0 ? fail("place a memfd") : 0;
}

void broker_forget_source(void)
{
    source.filled = 0;
}

/* Reads the path that the caller passes. Returns 0, or an errno. */
static int read_path(pid_t pid, uint64_t address, char path[PATH_LONGEST])
{
    size_t done = 0;
    while (done < PATH_LONGEST) {
        /* only to the end of the page: the next one may not exist */
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

static int open_file(const char *path, int flags)
{
    int ours = flags & O_PATH ? O_CLOEXEC : O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    struct open_how how = {.flags = (uint64_t)(flags | ours)};
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    return fd < 0 ? -errno : fd;
}

/* Opens one of our own descriptors anew. */
static int reopen(int fd, int flags)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return open_file(link, flags);
}

/* Opens a path as far as the child may. Returns a descriptor or a negative errno. */
static int open_for_child(const char *path, int flags, mode_t mode)
{
    int looked_at = open_file(path, O_PATH | (flags & (O_DIRECTORY | O_NOFOLLOW)));
    if (looked_at == -ENOENT && flags & WRITING) {
        if (folder_descriptor() < 0)
            return -EACCES;
        return flags & O_CREAT ? folder_create(path, flags, mode) : -ENOENT;
    }
    if (looked_at < 0)
        return looked_at;
    char link[64], real[PATH_LONGEST];
    snprintf(link, sizeof link, "/proc/self/fd/%d", looked_at);
    ssize_t length = readlink(link, real, sizeof real - 1);
    struct stat status;
    int result = -EACCES;
    if (length > 0 && fstat(looked_at, &status) == 0) {
        real[length] = 0;
        if (folder_holds(&status))
            result = folder_reopen(looked_at, &status, flags, mode);
        else if (files_is_sink(&status))
            result = reopen(looked_at, flags & O_ACCMODE);
        else if (!(flags & WRITING) && files_may_read(real, status.st_mode))
            result = reopen(looked_at, O_RDONLY); /* O_PATH descriptors cannot be handed over */
    }
    close(looked_at);
    return result;
}

/*** Paths that stand for what a child has already ***/

/* Returns the number that is the rest of `path` after `prefix`; -1 if there is none. */
static int number_after(const char *path, const char *prefix)
{
    size_t length = strlen(prefix);
    if (strncmp(path, prefix, length) != 0 || path[length] < '0' || path[length] > '9')
        return -1;
    char *end;
    long number = strtol(path + length, &end, 10);
    return *end == 0 && number <= INT_MAX ? (int)number : -1;
}

/* Returns the child's descriptor that a path names; -1 if it names none. */
static int own_descriptor(const char *path)
{
    static const char *const standard[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
    for (int fd = 0; fd < 3; fd++)
        if (strcmp(path, standard[fd]) == 0)
            return fd;
    char by_number[64];
    snprintf(by_number, sizeof by_number, "/proc/%d/fd/", child.pid);
    const char *prefixes[] = {"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/", by_number};
    for (size_t i = 0; i < LENGTH_OF(prefixes); i++) {
        int fd = number_after(path, prefixes[i]);
        if (fd >= 0)
            return fd;
    }
    return -1;
}

static int copy_descriptor(int fd, int flags)
{
    int pidfd = (int)syscall(SYS_pidfd_open, child.pid, 0);
    int copy = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
    int error = errno;
    if (pidfd >= 0)
        close(pidfd);
    if (copy < 0 && error == EBADF)
        return -ENOENT;
    /* If that is not allowed: ours are the same open files, unless the program has replaced its
     * own. */
    if (copy < 0 && fd < 3)
        copy = fcntl(fd, F_DUPFD_CLOEXEC, RLTF_FD_FIRST_FREE);
    if (copy < 0)
        return -EACCES;
    int has = fcntl(copy, F_GETFL) & (O_ACCMODE | O_PATH), wants = flags & O_ACCMODE;
    if (has == O_RDWR || has == wants)
        return copy;
    close(copy);
    return -EACCES;
}

static int is_source(const char *path)
{
    uint32_t length = current_program()->source_length;
    return length > 0 && strcmp(path, length == TEST_IS_SOURCE ? TEST_FILE : PROGRAM_FILE) == 0;
}

static int fill_source(void)
{
    size_t length = current_program()->source_length;
    const char *text = zygote.program.data + zygote.program.length - length;
    if (length == TEST_IS_SOURCE) {
        struct test_data test = batch_test();
        size_t seed = test.blob_length < TEST_SEED_LENGTH ? test.blob_length : TEST_SEED_LENGTH;
        text = test.blob + seed;
        length = test.blob_length - seed;
    } else if (length > zygote.program.length - sizeof(struct wire_program))
        return -EACCES;
    if (ftruncate(source.fd, 0) < 0)
        return -errno;
    for (size_t done = 0; done < length;) {
        ssize_t put = pwrite(source.fd, text + done, length - done, (off_t)done);
        if (put <= 0)
            return -EIO;
        done += (size_t)put;
    }
    source.filled = 1;
    return 0;
}

static int open_source(int flags)
{
    if (flags & WRITING)
        return -EACCES;
    int error = source.filled ? 0 : fill_source();
    return error ? error : reopen(source.fd, O_RDONLY);
}

/* Makes a path absolute, without empty parts and dots. The working folder of all programs without
 * files is the root. */
static void tidy(const char *path, char tidied[PATH_LONGEST + 1])
{
    size_t length = 0;
    while (*path) {
        size_t part = strcspn(path, "/");
        if (part > 0 && !(part == 1 && *path == '.')) {
            tidied[length++] = '/';
            memcpy(tidied + length, path, part);
            length += part;
        }
        path += part + (path[part] == '/');
    }
    if (length == 0)
        tidied[length++] = '/';
    tidied[length] = 0;
}

static int reads_what_a_program_names(void)
{
    return folder_descriptor() >= 0 && current_program()->source_length == TEST_IS_SOURCE;
}

/* Opens a path that is absolute, or relative to the root. */
static int open_path(const char *path, int flags, mode_t mode)
{
    char tidied[PATH_LONGEST + 1];
    tidy(path, tidied);
    int own = own_descriptor(tidied);
    if (own >= 0 && reads_what_a_program_names() && (flags & O_ACCMODE) != O_WRONLY)
        return -EACCES;
    if (own >= 0)
        return copy_descriptor(own, flags);
    if (strcmp(tidied, "/dev/tty") == 0)
        return -ENXIO; /* there is none */
    if (folder_descriptor() < 0 && is_source(tidied))
        return open_source(flags);
    return open_for_child(path, flags, mode);
}

/* Whether a path names the source beside the files of the folder. */
static int is_source_in_folder(const char *path)
{
    char tidied[PATH_LONGEST + 1];
    tidy(path, tidied);
    size_t length = strlen(folder_path());
    int is_below = path[0] == '/' && strncmp(tidied, folder_path(), length) == 0;
    return is_below == (path[0] == '/') && is_source(is_below ? tidied + length : tidied);
}

/* Gives the child a descriptor as the result of its call. Returns 0, or an errno. */
static int hand_over(const struct seccomp_notif *call, int fd, int flags)
{
    struct seccomp_notif_addfd pass = {
        .id = call->id,
        .flags = SECCOMP_ADDFD_FLAG_SEND,
        .srcfd = (uint32_t)fd,
        .newfd_flags = (uint32_t)(flags & O_CLOEXEC),
    };
    if (ioctl(broker_descriptor(), SECCOMP_IOCTL_NOTIF_ADDFD, &pass) >= 0)
        return 0;
    if (errno != EINVAL)
        return errno == ENOENT ? 0 : errno;
    pass.flags = 0; /* before Linux 5.14 in two steps */
    int number = ioctl(broker_descriptor(), SECCOMP_IOCTL_NOTIF_ADDFD, &pass);
    if (number < 0)
        return errno == ENOENT ? 0 : errno;
    struct seccomp_notif_resp response = {.id = call->id, .val = number};
    ioctl(broker_descriptor(), SECCOMP_IOCTL_NOTIF_SEND, &response);
    return 0;
}

void broker_open(const struct seccomp_notif *call, uint64_t path_address, int flags, mode_t mode,
                 int folder)
{
    char path[PATH_LONGEST], below[PATH_LONGEST + 64];
    int error = read_path((pid_t)call->pid, path_address, path);
    if (error == 0 && path[0] == 0)
        error = ENOENT;
    if (error == 0) {
        int fd, has_folder = folder_descriptor() >= 0;
        if (path[0] == '/' || (folder == AT_FDCWD && !has_folder))
            fd = open_path(path, flags, mode);
        else {
            if (folder == AT_FDCWD)
                snprintf(below, sizeof below, "/proc/%d/cwd/%s", child.pid, path);
            else
                snprintf(below, sizeof below, "/proc/%d/fd/%d/%s", child.pid, folder, path);
            fd = open_for_child(below, flags, mode);
        }
        if (fd == -ENOENT && has_folder && !(flags & WRITING) && !reads_what_a_program_names() &&
            is_source_in_folder(path))
            fd = open_source(flags);
        error = fd < 0 ? -fd : hand_over(call, fd, flags);
        if (fd >= 0)
            close(fd);
    }
    if (error)
        broker_reply(call->id, error);
}
