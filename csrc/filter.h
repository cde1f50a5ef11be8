/* filter.h - building a seccomp filter, instruction by instruction.
 *
 * The functions are static inline because the small filter is built anew in every child.
 */
#ifndef RLTF_FILTER_H
#define RLTF_FILTER_H

#include "rltf.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

#define MAX_CODE 640

struct filter {
    struct sock_filter code[MAX_CODE];
    unsigned short length;
};

/* The large filter, which a zygote and all its children have. `threading` is the action for a
 * thread that starts or ends. `has_folder` allows the calls of filter_folder.c. */
void build_zygote_filter(struct filter *f, enum opening opening, uint32_t threading,
                         int has_folder);

/* filter_folder.c: the calls that change files, which read-only mounts confine to a folder. */
void emit_folder_rules(struct filter *f);

/* The small filter, which the child with that pid has as well. `room`: bytes of address space. */
void build_child_filter(struct filter *f, pid_t pid, uint64_t room);

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif
/* Allowed by the large filter because the zygote needs them, and refused by the small one. */
static const int zygote_only[] = {
    SYS_sendmsg, SYS_recvmsg, SYS_timer_create, SYS_timer_settime, SYS_timer_delete, SYS_seccomp,
    SYS_openat2, SYS_process_vm_readv, SYS_pidfd_open, SYS_pidfd_getfd,
    SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self,
#ifdef __x86_64__
    SYS_setrlimit,
#endif
};

static inline void emit(struct filter *f, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
    f->code[f->length++] = (struct sock_filter)BPF_JUMP(code, k, yes, no);
}

static inline void result(struct filter *f, uint32_t what)
{
    emit(f, BPF_RET | BPF_K, what, 0, 0);
}

static inline uint32_t refuse(int error)
{
    return SECCOMP_RET_ERRNO | ((uint32_t)error & SECCOMP_RET_DATA);
}

static inline void load(struct filter *f, size_t offset)
{
    emit(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* Loads the low half: every argument that a filter looks at is an int or fits 32 bits. */
static inline void load_argument(struct filter *f, int index)
{
    load(f, offsetof(struct seccomp_data, args) + 8 * (size_t)index);
}

static inline void when_syscall(struct filter *f, int number, uint32_t what)
{
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
    result(f, what);
}

#endif
