/* filter_child.c - the small filter, which each child installs on top of the large one.
 *
 * It takes away what only the zygote may do, and narrows some calls down to the child itself. The
 * kernel takes the stricter answer of the two filters, and no filter is ever removed, so there is no
 * way back.
 */
#define _GNU_SOURCE
#include "filter.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define FIRST_QUEUED_SIGNAL 32u /* the kernel's SIGRTMIN: from here on each signal sent is queued */

static pid_t self;
static uint32_t first_part, last_part; /* of the address space, in parts of 4 GiB */

/* A mapping goes where the kernel puts it, or close to where the others are: strewn over the whole address
 * space, each takes two pages of page tables, which no limit counts. */
static void allow_near(struct filter *f)
{
    load(f, offsetof(struct seccomp_data, args) + 4);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0);
    emit(f, BPF_JMP | BPF_JGE | BPF_K, first_part, 0, 2);
    emit(f, BPF_JMP | BPF_JGT | BPF_K, last_part, 1, 0);
    result(f, SECCOMP_RET_ALLOW);
    result(f, refuse(ENOMEM));
}

static void refuse_all(struct filter *f)
{
    result(f, refuse(EPERM));
}

/* A signal that the child may send itself: one that is only noted, and not one that is queued. */
static void allow_signal(struct filter *f, int index)
{
    load_argument(f, 0);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)self, 0, 3);
    load_argument(f, index);
    emit(f, BPF_JMP | BPF_JGE | BPF_K, FIRST_QUEUED_SIGNAL, 1, 0);
    result(f, SECCOMP_RET_ALLOW);
    result(f, refuse(EPERM));
}

static void allow_kill(struct filter *f)
{
    allow_signal(f, 1);
}

static void allow_tgkill(struct filter *f)
{
    allow_signal(f, 2);
}

static void allow_threads(struct filter *f)
{
    load_argument(f, 0);
    emit(f, BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1);
    result(f, SECCOMP_RET_ALLOW);
    result(f, refuse(EPERM));
}

/* Reading a limit passes no new one; half a pointer tells enough with the other. To set the stack limit
 * succeeds and changes nothing: programs do it before they recurse deeply, and the stack is as large as
 * it gets already. */
static void allow_reading_limits(struct filter *f)
{
    load_argument(f, 2);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2);
    load(f, offsetof(struct seccomp_data, args) + 8 * 2 + 4);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 0);
    load_argument(f, 1);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, RLIMIT_STACK, 0, 1);
    result(f, refuse(0));
    result(f, refuse(EPERM));
    result(f, SECCOMP_RET_ALLOW);
}

static void keep_the_tie(struct filter *f)
{
    load_argument(f, 0);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, PR_SET_DUMPABLE, 1, 0);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, PR_SET_PDEATHSIG, 0, 1);
    result(f, refuse(EPERM));
    result(f, SECCOMP_RET_ALLOW);
}

struct rule {
    int number;
    void (*answer)(struct filter *f);
};

static int by_number(const void *one, const void *other)
{
    return ((const struct rule *)one)->number - ((const struct rule *)other)->number;
}

/* A search tree: the kernel walks a new filter once for every system call there is, so that what counts
 * at each child's start is how far it is to an answer. */
static void emit_search(struct filter *f, const struct rule *rules, size_t count)
{
    unsigned short here = f->length;
    if (count == 1) {
        emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)rules->number, 0, 0);
        rules->answer(f);
        f->code[here].jf = (uint8_t)(f->length - here - 1);
        result(f, SECCOMP_RET_ALLOW);
        return;
    }
    emit(f, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)rules[count / 2].number, 0, 0);
    emit_search(f, rules, count / 2);
    f->code[here].jt = (uint8_t)(f->length - here - 1);
    emit_search(f, rules + count / 2, count - count / 2);
}

void build_child_filter(struct filter *f, pid_t pid, uint64_t room)
{
    /* We are a library among others. Twice the room, for the gaps between mappings that come and go. */
    uint64_t here = (uintptr_t)&self >> 32, parts = 2 * (room >> 32) + 2;
    first_part = here > parts ? (uint32_t)(here - parts) : 1;
    last_part = (uint32_t)(here + parts);
    static const struct rule narrowed[] = {
        {SYS_clone, allow_threads}, {SYS_prctl, keep_the_tie}, {SYS_kill, allow_kill},
        {SYS_tgkill, allow_tgkill}, {SYS_prlimit64, allow_reading_limits}, {SYS_mmap, allow_near},
    };
    struct rule rules[LENGTH_OF(zygote_only) + LENGTH_OF(narrowed)];
    size_t count = LENGTH_OF(narrowed);
    memcpy(rules, narrowed, sizeof narrowed);
    for (size_t i = 0; i < LENGTH_OF(zygote_only); i++)
        rules[count++] = (struct rule){zygote_only[i], refuse_all};
    qsort(rules, count, sizeof *rules, by_number);
    self = pid;
    f->length = 0;
    load(f, offsetof(struct seccomp_data, nr)); /* the large filter has checked the architecture */
    emit_search(f, rules, count);
}
