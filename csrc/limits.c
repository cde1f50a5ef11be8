/* limits.c - what a child may use.
 *
 * CPU time decides about a timeout. The zygote arms a POSIX timer on the child's CPU clock, which
 * fires when the child has used its time, however busy the machine is. Nothing that the child does
 * to its own signals or timers affects it. RLIMIT_CPU is only a second line: the kernel samples
 * what it counts for it, and has been up to 6 % early.
 */
#define _GNU_SOURCE
#include "folder.h"
#include "rltf.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000ull
#define PROCESS_CPU_TIME 2u /* of a clock's number, whose rest is the process (CPUCLOCK_SCHED) */
#define STACK_BYTES (64ull << 20)

static int limit(__rlimit_resource_t which, uint64_t value, const char *what)
{
    struct rlimit both = {.rlim_cur = value, .rlim_max = value};
    return setrlimit(which, &both) < 0 ? fail(what) : 0;
}

static uint64_t cpu_seconds_at_most(uint64_t cpu_ns)
{
    return (cpu_ns + cpu_ns / 4) / NS + 2;
}

/* One byte more than the limit, so that output of exactly the limit is allowed, and so that a full
 * folder is what a program with files meets first. */
static uint64_t largest_file(const struct wire_program *program)
{
    uint64_t left = program->flags & PROGRAM_TOGETHER ? MOST_LEFT : 0;
    uint64_t output = left + program->output_bytes;
    return (output > folder_bytes() ? output : folder_bytes()) + 1;
}

int limits_apply(const struct wire_program *program, uint64_t base_bytes)
{
    uint64_t ours = program->flags & PROGRAM_SHARED ? RLTF_FDS_KEPT : 0;
    ours += folder_bytes() > 0; /* shared/folder_mirror.py keeps the folder open */
    if (limit(RLIMIT_AS, base_bytes + program->memory_bytes, "limit the address space") < 0 ||
        /* it counts for the whole process, so not for one that runs many tests */
        (!(program->flags & PROGRAM_SHARED) &&
         limit(RLIMIT_CPU, cpu_seconds_at_most(program->cpu_ns), "limit the CPU time") < 0) ||
        /* All processes of a user share one count of queued signals, which the zygotes' timers
         * need. The signals that a program may send are not queued. */
        limit(RLIMIT_SIGPENDING, 0, "forbid queued signals") < 0 ||
        limit(RLIMIT_FSIZE, largest_file(program), "limit the output") < 0 ||
        limit(RLIMIT_NOFILE, program->open_files + ours, "limit the open files") < 0)
        return -1;
    return 0;
}

int limits_prepare(void)
{
    /* A kernel that pipes core files to a program starts it when the limit is 0, but not when it is
     * 1. */
    if ((limit(RLIMIT_CORE, 1, "forbid core files") < 0 &&
         limit(RLIMIT_CORE, 0, "forbid core files") < 0) ||
        limit(RLIMIT_MEMLOCK, 0, "forbid locked memory") < 0 ||
        limit(RLIMIT_MSGQUEUE, 0, "forbid message queues") < 0)
        return -1;
    /* The main thread's stack grows up to the soft limit of the moment. Threads took their default
     * size from the limit that was in force at exec. */
    struct rlimit stack;
    if (getrlimit(RLIMIT_STACK, &stack) < 0)
        return fail("read the stack limit");
    stack.rlim_cur = stack.rlim_max < STACK_BYTES ? stack.rlim_max : STACK_BYTES;
    return setrlimit(RLIMIT_STACK, &stack) < 0 ? fail("set the stack limit") : 0;
}

/*** Who is ended first when the machine has no memory left ***
 *
 * The kernel ends the process with the highest score (/proc/PID/oom_score_adj plus its memory). So
 * programs are ended first, then zygotes, then all others. A child inherits the score that its
 * zygote has at the fork.
 */

#define SCORE_OF_ZYGOTE 500
#define SCORE_OF_CHILD "1000"
static int score = -1; /* descriptor; -1: the kernel lets us set none */
static char zygotes_score[16];

void oom_prepare(void)
{
    score = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
    ssize_t got = score < 0 ? -1 : read(score, zygotes_score, sizeof zygotes_score - 1);
    if (got > 0 && atoi(zygotes_score) < SCORE_OF_ZYGOTE)
        snprintf(zygotes_score, sizeof zygotes_score, "%d", SCORE_OF_ZYGOTE);
    oom_fork(0);
}

void oom_fork(int comes)
{
    const char *text = comes ? SCORE_OF_CHILD : zygotes_score;
    if (score >= 0 && pwrite(score, text, strlen(text), 0) < 0) {
        close(score); /* some containers give the file and do not let it be written */
        score = -1;
    }
}

uint64_t limits_address_space(void)
{
    char text[64] = {0};
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    return got > 0 ? strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static timer_t cpu_timer;
static clockid_t cpu_clock;
static int cpu_timer_exists;
static timer_t wall_timer;

static struct timespec as_timespec(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS), .tv_nsec = (long)(ns % NS)};
}

static int make_timer(clockid_t clock, int signal, enum timer kind, timer_t *timer)
{
    struct sigevent event = {
        .sigev_notify = SIGEV_SIGNAL,
        .sigev_signo = signal,
        .sigev_value.sival_int = kind,
    };
    return timer_create(clock, &event, timer);
}

int cpu_watch_start(pid_t pid, int signal)
{
    cpu_clock = (clockid_t)(~(uint32_t)pid << 3 | PROCESS_CPU_TIME);
    if (make_timer(cpu_clock, signal, TIMER_CPU, &cpu_timer) < 0)
        return fail("make a timer on the child's CPU clock");
    cpu_timer_exists = 1;
    return 0;
}

int cpu_watch_arm(uint64_t at_ns)
{
    struct itimerspec when = {.it_value = as_timespec(at_ns)};
    if (!cpu_timer_exists)
        return 0;
    /* ESRCH: the child has ended already, which is seen by waiting for it. */
    if (timer_settime(cpu_timer, TIMER_ABSTIME, &when, NULL) < 0 && errno != ESRCH)
        return fail("arm the timer on the child's CPU clock");
    return 0;
}

uint64_t cpu_watch_now(void)
{
    struct timespec now;
    if (clock_gettime(cpu_clock, &now) < 0)
        return 0;
    return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

void cpu_watch_stop(void)
{
    if (cpu_timer_exists)
        timer_delete(cpu_timer);
    cpu_timer_exists = 0;
}

uint64_t own_cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

int wall_watch_start(int signal)
{
    if (make_timer(CLOCK_MONOTONIC, signal, TIMER_WALL, &wall_timer) < 0)
        return fail("make the wall timer");
    return 0;
}

int wall_watch_arm(uint64_t at_ns)
{
    struct itimerspec when = {.it_value = as_timespec(at_ns)};
    return timer_settime(wall_timer, TIMER_ABSTIME, &when, NULL) < 0 ? fail("arm the wall timer") : 0;
}

uint64_t cpu_ns_of(const struct rusage *usage)
{
    uint64_t seconds = (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec);
    uint64_t micros = (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
    return seconds * NS + micros * 1000;
}
