/* install_filters.c - installs the two filters: the large one of a zygote (filter_zygote.c) and the
 * small one of a child (filter_child.c).
 */
#define _GNU_SOURCE
#include "filter.h"

#include <errno.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV 32u
#endif

static long install(struct filter *f, unsigned flags)
{
    struct sock_fprog program = {.len = f->length, .filter = f->code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

int seccomp_enter_zygote(enum opening opening, int listens, int has_folder)
{
    struct filter f;
    uint32_t threading = listens ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW;
    build_zygote_filter(&f, opening, threading, has_folder);
    if (!listens)
        return install(&f, 0) < 0 ? fail("install the zygote's seccomp filter") : RLTF_NO_LISTENER;
    /* From Linux 5.19 on no signal disturbs a call between the broker's look at it and its
     * answer. */
    long listener = install(
        &f, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
    if (listener < 0 && errno == EINVAL)
        listener = install(&f, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    return listener < 0 ? fail("install the zygote's seccomp filter") : (int)listener;
}

int seccomp_enter_child(pid_t pid, uint64_t room)
{
    struct filter f;
    build_child_filter(&f, pid, room);
    return install(&f, 0) < 0 ? fail("install the child's seccomp filter") : 0;
}
