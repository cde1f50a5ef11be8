/* jail.c - what a zygote gives up once, before its first fork. Children inherit all of it.
 *
 * Namespaces come first, where they are allowed (namespaces.c). no_new_privs and seccomp are always
 * used; Landlock is used where the kernel has it. The broker decides for each file whether a
 * program may open it (files.c). Behind it, Landlock decides for each tree, since a rule for each
 * of tens of thousands of files would make the start of a zygote slow. Landlock gets rules for
 * single files only where the broker cannot open files (probe.c). Where there is neither, nothing
 * can tell a harmless file from one with answers, and no file is opened at all.
 */
#define _GNU_SOURCE
#include "folder.h"
#include "rltf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From linux/landlock.h of Linux 6.12, written out so that older headers suffice. */
struct ruleset_attr {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
};
struct path_attr {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));

#define LANDLOCK_CREATE_RULESET_VERSION 1u
#define LANDLOCK_RULE_PATH_BENEATH 1
#define FS_WRITE_FILE (1ull << 1)
#define FS_READ_FILE (1ull << 2)
#define FS_READ_DIR (1ull << 3)
#define FS_MAKE_SPECIAL (1ull << 6 | 1ull << 9 | 1ull << 10 | 1ull << 11) /* devices, sockets, fifos */
#define FS_EXECUTE 1ull
#define FS_ABI1 ((1ull << 13) - 1)
#define FS_REFER (1ull << 13)
#define FS_TRUNCATE (1ull << 14)
#define FS_IOCTL_DEV (1ull << 15)
#define NET_TCP 3ull
#define SCOPE_ALL 3ull

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

static int drop_capabilities(void)
{
    for (unsigned long capability = 0; capability <= CAP_LAST_CAP; capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EINVAL && errno != EPERM)
            return fail("drop a capability");
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};
    return syscall(SYS_capset, &header, none) < 0 ? fail("drop the capabilities") : 0;
}

/* The zygote cannot use openat: behind the filter, the broker answers it, which is the zygote
 * itself. */
static int open_file(const char *path, uint64_t flags)
{
    struct open_how how = {.flags = flags | O_CLOEXEC};
    return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

static int allow(int ruleset, int fd, const char *path, uint64_t access)
{
    struct path_attr rule = {.allowed_access = access, .parent_fd = fd};
    long result = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    return result < 0 ? fail(path) : 0;
}

static int allow_tree(int ruleset, const char *path, int exact);

static int allow_entries(int ruleset, const char *path, int exact)
{
    int fd = open_file(path, O_RDONLY | O_DIRECTORY);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL) {
        if (fd >= 0)
            close(fd);
        return errno == EACCES || errno == ENOENT ? 0 : fail(path);
    }
    int result = 0;
    for (struct dirent *entry; result == 0 && (entry = readdir(folder)) != NULL;) {
        char below[PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (snprintf(below, sizeof below, "%s/%s", path, entry->d_name) < (int)sizeof below)
            result = allow_tree(ruleset, below, exact);
    }
    closedir(folder);
    return result;
}

/* A folder takes one rule where all below it is treated alike. A symbolic link takes none: what
 * counts is where it leads. */
static int allow_tree(int ruleset, const char *path, int exact)
{
    enum tree_kind kind = files_kind(path);
    if (kind == TREE_CLOSED)
        return 0;
    int fd = open_file(path, O_PATH | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT || errno == EACCES ? 0 : fail(path);
    struct stat status;
    int result = 0;
    if (fstat(fd, &status) < 0)
        result = fail(path);
    else if (S_ISDIR(status.st_mode)) {
        int mixed = files_hold(path, TREE_CLOSED) ||
                    (exact && (kind == TREE_CODE || files_hold(path, TREE_CODE)));
        result = allow(ruleset, fd, path, mixed ? FS_READ_DIR : FS_READ_FILE | FS_READ_DIR);
        if (result == 0 && mixed)
            result = allow_entries(ruleset, path, exact);
    } else if (!S_ISLNK(status.st_mode) && (!exact || files_may_read(path, status.st_mode)))
        result = allow(ruleset, fd, path, FS_READ_FILE | (files_is_sink(&status) ? FS_WRITE_FILE : 0));
    close(fd);
    return result;
}

static int allow_trees(int ruleset, const struct rltf_tree *trees, int exact)
{
    for (; trees->path != NULL; trees++) {
        char around[PATH_MAX];
        snprintf(around, sizeof around, "%.*s", (int)(strrchr(trees->path, '/') - trees->path), trees->path);
        if (files_kind(around) != TREE_CLOSED)
            continue; /* reached from there */
        if (allow_tree(ruleset, trees->path, exact) < 0)
            return -1;
    }
    return 0;
}

static long landlock_abi(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static int enter_landlock(long abi, const struct rltf_tree *trees, int exact)
{
    struct ruleset_attr attr = {.handled_access_fs = FS_ABI1};
    size_t size = sizeof attr.handled_access_fs;
    if (abi >= 2)
        attr.handled_access_fs |= FS_REFER;
    if (abi >= 3)
        attr.handled_access_fs |= FS_TRUNCATE;
    if (abi >= 4) {
        attr.handled_access_net = NET_TCP;
        size = offsetof(struct ruleset_attr, scoped);
    }
    if (abi >= 5)
        attr.handled_access_fs |= FS_IOCTL_DEV;
    if (abi >= 6) {
        attr.scoped = SCOPE_ALL;
        size = sizeof attr;
    }
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (ruleset < 0)
        return fail("make a Landlock ruleset");
    int result = allow_trees(ruleset, trees, exact);
    if (result == 0 && folder_descriptor() >= 0)
        result = allow(ruleset, folder_descriptor(), "allow the folder",
                       attr.handled_access_fs & ~(FS_MAKE_SPECIAL | FS_EXECUTE | FS_IOCTL_DEV));
    if (result == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        result = fail("enter the Landlock ruleset");
    close(ruleset);
    return result;
}

/* Whether a child can have the folder that is mounted: the broker opens its files, and no child of
 * another zygote reaches it through /proc. */
static int may_use_folder(int namespaces, enum opening opening, long abi)
{
    return namespaces & LAYER_FILES && opening == OPENING_BROKER &&
           (namespaces & LAYER_USER_NS || abi > 0);
}

int rltf_jail(const struct rltf_tree *trees, const struct rltf_folder *folder)
{
    int namespaces = namespaces_enter(folder);
    if (namespaces < 0)
        return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail("set no_new_privs");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return fail("make the zygote undumpable");
    if (drop_capabilities() < 0)
        return -1;
    long abi = landlock_abi();
    int rights = probe_broker();
    if (rights < 0)
        return -1;
    enum opening without_broker = abi > 0 ? OPENING_KERNEL : OPENING_NEVER;
    enum opening opening = rights & BROKER_OPENS ? OPENING_BROKER : without_broker;
    int has_folder = may_use_folder(namespaces, opening, abi);
    if (!has_folder)
        namespaces &= ~LAYER_FILES;
    else if (folder_enter(folder) < 0)
        return -1;
    int listener = seccomp_enter_zygote(opening, rights & BROKER_COUNTS, has_folder);
    if (listener < 0)
        return -1;
    files_start(trees);
    if (abi > 0 && enter_landlock(abi, trees, opening == OPENING_KERNEL) < 0)
        return -1;
    if (listener != RLTF_NO_LISTENER)
        broker_start(listener);
    return namespaces | LAYER_NO_NEW_PRIVS | LAYER_SECCOMP | LAYER_RLIMITS | LAYER_CAPABILITIES |
           (abi > 0 ? LAYER_LANDLOCK : 0) | (opening == OPENING_BROKER ? LAYER_BROKER : 0);
}
