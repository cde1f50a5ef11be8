/* filter_folder.c - what the large filter allows besides where tests have a folder (folder.c).
 *
 * These calls change files, folders and links. Everything but the folder is mounted read-only, so
 * they have no effect elsewhere. Devices, fifos and sockets are still refused, and so are changes
 * of owner.
 *
 * A lock of a range (F_SETLK) never conflicts with others of its process, and a child is the only
 * process that has the folder. So such a call succeeds and does nothing, and no child can fill the
 * kernel's memory with locks. flock() holds one lock for each open file, and is real.
 */
#define _GNU_SOURCE
#include "filter.h"

#include <errno.h>
#include <fcntl.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static const int changing[] = {
    SYS_mkdirat, SYS_unlinkat, SYS_renameat2, SYS_linkat, SYS_symlinkat, SYS_fchmod, SYS_fchmodat,
    SYS_fchmodat2, SYS_utimensat, SYS_truncate, SYS_chdir, SYS_fchdir, SYS_flock, SYS_statfs,
    SYS_fstatfs, SYS_preadv, SYS_pwritev, SYS_preadv2, SYS_pwritev2, SYS_sendfile,
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef __x86_64__
    SYS_mkdir, SYS_rmdir, SYS_unlink, SYS_rename, SYS_link, SYS_symlink, SYS_chmod, SYS_utime,
    SYS_utimes, SYS_futimesat,
#endif
};

/* A tmpfs keeps none for programs. shutil goes on after this answer, and not after EPERM. */
static const int attributes[] = {
    SYS_getxattr, SYS_lgetxattr, SYS_fgetxattr, SYS_listxattr, SYS_llistxattr, SYS_flistxattr,
    SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr,
    SYS_fremovexattr,
};

void emit_folder_rules(struct filter *f)
{
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 7);
    load_argument(f, 1);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, F_SETLK, 1, 0);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, F_SETLKW, 0, 1);
    result(f, refuse(0));
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, F_GETLK, 0, 1);
    result(f, SECCOMP_RET_ALLOW);
    load(f, offsetof(struct seccomp_data, nr));
    /* Room beyond the end of a file would stay in the standard streams. */
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_fallocate, 0, 4);
    load_argument(f, 1);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
    result(f, SECCOMP_RET_ALLOW);
    result(f, refuse(EOPNOTSUPP));
    when_syscall(f, SYS_umask, SECCOMP_RET_USER_NOTIF); /* the broker makes files with it */
    for (size_t i = 0; i < LENGTH_OF(changing); i++)
        when_syscall(f, changing[i], SECCOMP_RET_ALLOW);
    for (size_t i = 0; i < LENGTH_OF(attributes); i++)
        when_syscall(f, attributes[i], refuse(EOPNOTSUPP));
}
