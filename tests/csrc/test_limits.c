/* test_limits.c - what a child may use, and the clocks that watch it from outside. */
#define _GNU_SOURCE
#include "rltf.h"

#include "check.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#define MS 1000000ull

static uint64_t hard_limit(__rlimit_resource_t which)
{
    struct rlimit both;
    CHECK(getrlimit(which, &both) == 0);
    return both.rlim_max;
}

static void limits_are_what_the_program_was_given(void)
{
    const struct wire_program program = {
        .cpu_ns = 3500 * MS, .memory_bytes = 64 << 20, .output_bytes = 1 << 20, .open_files = 17};
    uint64_t base = limits_address_space(); /* the sanitizer's shadow is in it */
    CHECK(base > 0);
    CHECK(limits_prepare() == 0 && limits_apply(&program, base) == 0);
    CHECK(hard_limit(RLIMIT_AS) == base + (64 << 20));
    CHECK(hard_limit(RLIMIT_CPU) == 5); /* behind the timer, which is exact */
    CHECK(hard_limit(RLIMIT_FSIZE) == (1 << 20) + 1); /* the limit itself is not too much */
    CHECK(hard_limit(RLIMIT_NOFILE) == 17);
    CHECK(hard_limit(RLIMIT_CORE) == 0);
}

static int watch_signals(void)
{
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGRTMIN);
    CHECK(sigprocmask(SIG_BLOCK, &watched, NULL) == 0);
    int signals = signalfd(-1, &watched, SFD_CLOEXEC);
    CHECK(signals >= 0);
    return signals;
}

static pid_t start(void (*child)(void))
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        alarm(60);
        while (getppid() == parent)
            child();
        _exit(0);
    }
    return pid;
}

static void spin(void)
{
}

static void doze(void)
{
    usleep(1000);
}

static void a_timer_on_the_childs_clock_fires_when_it_has_used_its_time(void)
{
    int signals = watch_signals();
    pid_t pid = start(spin);
    CHECK(cpu_watch_start(pid, SIGRTMIN) == 0);
    CHECK(cpu_watch_arm(50 * MS) == 0);
    struct signalfd_siginfo info;
    CHECK(read(signals, &info, sizeof info) == sizeof info);
    CHECK(info.ssi_int == TIMER_CPU);
    CHECK(cpu_watch_now() >= 50 * MS);
    CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
    CHECK(cpu_watch_arm(100 * MS) == 0); /* it is gone: no fault of the watch */
    cpu_watch_stop();
    CHECK(cpu_watch_arm(100 * MS) == 0); /* stopped: nothing to arm */
    CHECK(cpu_watch_now() == 0);
}

static void a_child_that_sleeps_is_seen_by_the_wall_timer_alone(void)
{
    int signals = watch_signals();
    pid_t pid = start(doze);
    CHECK(cpu_watch_start(pid, SIGRTMIN) == 0 && wall_watch_start(SIGRTMIN) == 0);
    CHECK(cpu_watch_arm(30000 * MS) == 0 && wall_watch_arm(now_ns() + 30 * MS) == 0);
    struct signalfd_siginfo info;
    CHECK(read(signals, &info, sizeof info) == sizeof info);
    CHECK(info.ssi_int == TIMER_WALL);
    CHECK(wall_watch_arm(0) == 0);
    CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

static void a_process_that_is_not_there_has_no_clock(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    CHECK(waitpid(pid, NULL, 0) == pid);
    CHECK(cpu_watch_start(pid, SIGRTMIN) == -1);
    CHECK(strstr(rltf_failure(), "CPU clock") != NULL);
}

int main(void)
{
    static const struct test tests[] = {
        {"limits are what the program was given", limits_are_what_the_program_was_given},
        {"a timer on the child's clock fires when it has used its time",
         a_timer_on_the_childs_clock_fires_when_it_has_used_its_time},
        {"a child that sleeps is seen by the wall timer alone",
         a_child_that_sleeps_is_seen_by_the_wall_timer_alone},
        {"a process that is not there has no clock", a_process_that_is_not_there_has_no_clock},
    };
    return run_tests("limits", tests, sizeof tests / sizeof *tests);
}
