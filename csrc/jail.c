/* jail.c - what a zygote gives up, once, before its first fork. Children inherit all of it.
 *
 * Namespaces come first, where they may be had (namespaces.c). no_new_privs and seccomp are always
 * there; Landlock is used where the kernel has it. Without it, the broker decides by the same lists
 * which file may be opened; where there is no broker either, nothing can tell a harmless file from
 * the file with the answers, and no file is opened at all.
 */
#define _GNU_SOURCE
#include "rltf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From linux/landlock.h of Linux 6.12; written out so that older headers do. */
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
#define FS_READ_FILE (1ull << 2)
#define FS_READ_DIR (1ull << 3)
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

static int allow_path(int ruleset, const char *path, uint64_t access)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == EACCES ? 0 : fail(path);
    struct stat status;
    if (fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode))
        access &= ~FS_READ_DIR;
    struct path_attr rule = {.allowed_access = access, .parent_fd = fd};
    long result = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(fd);
    return result < 0 ? fail(path) : 0;
}

static int allow_paths(int ruleset, const char *const *files, const char *const *folders)
{
    for (; *files != NULL; files++)
        if (allow_path(ruleset, *files, FS_READ_FILE | FS_READ_DIR) < 0)
            return -1;
    for (; *folders != NULL; folders++)
        if (allow_path(ruleset, *folders, FS_READ_DIR) < 0)
            return -1;
    return 0;
}

/* 1: in force; 0: the kernel has none; -1: error. */
static int enter_landlock(const char *const *files, const char *const *folders)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return 0;
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
    int result = allow_paths(ruleset, files, folders);
    if (result == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        result = fail("enter the Landlock ruleset");
    close(ruleset);
    return result < 0 ? -1 : 1;
}

int rltf_jail(const char *const *files, const char *const *folders)
{
    int namespaces = namespaces_enter();
    if (namespaces < 0)
        return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail("set no_new_privs");
    int landlock = enter_landlock(files, folders);
    /* The broker reads its child's memory, which an undumpable process does not allow. */
    if (landlock > 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return fail("make the zygote undumpable");
    if (landlock < 0 || drop_capabilities() < 0)
        return -1;
    int listener = seccomp_enter_zygote(landlock ? OPENING_KERNEL : OPENING_BROKER);
    if (listener < 0)
        return -1;
    if (listener != RLTF_NO_LISTENER)
        broker_start(listener, files, folders);
    return namespaces | LAYER_NO_NEW_PRIVS | LAYER_SECCOMP | LAYER_RLIMITS | LAYER_CAPABILITIES |
           (landlock ? LAYER_LANDLOCK : 0) | (listener != RLTF_NO_LISTENER ? LAYER_BROKER : 0);
}
