/* test_limits.c - what a child may use, and the clocks that watch it from outside. */
#define _GNU_SOURCE
#include "rltf.h"

#include "check.h"

#include <fcntl.h>
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
    CHECK(hard_limit(RLIMIT_CPU) == 6); /* behind the timer, which is exact */
    CHECK(hard_limit(RLIMIT_FSIZE) == (1 << 20) + 1); /* the limit itself is not too much */
    CHECK(hard_limit(RLIMIT_NOFILE) == 17);
    CHECK(hard_limit(RLIMIT_CORE) <= 1);
    CHECK(hard_limit(RLIMIT_SIGPENDING) == 0);
    CHECK(hard_limit(RLIMIT_MEMLOCK) == 0);
    CHECK(hard_limit(RLIMIT_MSGQUEUE) == 0);
}

/* The kernel's own count of CPU time is a sample, whose error grows with the time. */
static void the_kernels_cpu_limit_stays_clear_of_the_exact_one(void)
{
    for (uint64_t seconds = 86400; seconds > 0; seconds = seconds * 2 / 3) {
        const struct wire_program program = {
            .cpu_ns = seconds * 1000 * MS, .memory_bytes = 64 << 20, .output_bytes = 1, .open_files = 17};
        CHECK(limits_apply(&program, limits_address_space()) == 0);
        CHECK(hard_limit(RLIMIT_CPU) > seconds * 6 / 5 && hard_limit(RLIMIT_CPU) > seconds + 1);
    }
}

static void send(int signal)
{
    CHECK(kill(getpid(), signal) == 0);
}

static unsigned noted;

static void note(int signal)
{
    (void)signal;
    noted++;
}

static void signals_are_noted_and_not_queued(void)
{
    const struct wire_program program = {
        .cpu_ns = 1000 * MS, .memory_bytes = 64 << 20, .output_bytes = 1, .open_files = 17};
    struct sigaction action = {.sa_handler = note};
    sigset_t both, before;
    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGRTMIN + 5);
    CHECK(limits_apply(&program, limits_address_space()) == 0);
    CHECK(sigprocmask(SIG_BLOCK, &both, &before) == 0);
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGRTMIN + 5, &action, NULL) == 0);
    for (int i = 0; i < 1000; i++) {
        send(SIGUSR1);
        send(SIGRTMIN + 5);
    }
    CHECK(sigqueue(getpid(), SIGRTMIN + 5, (union sigval){0}) == -1 && errno == EAGAIN);
    CHECK(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
    CHECK(noted == 2);
}

static int score(pid_t pid)
{
    char path[64], text[16] = {0};
    snprintf(path, sizeof path, "/proc/%d/oom_score_adj", pid);
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0 && read(fd, text, sizeof text - 1) > 0);
    close(fd);
    return atoi(text);
}

static void children_are_offered_first_when_memory_runs_out(void)
{
    int before = score(getpid());
    oom_prepare();
    int zygotes = score(getpid());
    CHECK(zygotes >= before && zygotes >= 500);
    for (int i = 0; i < 3; i++) {
        oom_fork(1);
        pid_t pid = fork();
        if (pid == 0)
            _exit(score(getpid()) == 1000 ? 7 : 1);
        oom_fork(0);
        int status;
        CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7);
        CHECK(score(getpid()) == zygotes);
    }
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
        {"the kernel's CPU limit stays clear of the exact one",
         the_kernels_cpu_limit_stays_clear_of_the_exact_one},
        {"signals are noted and not queued", signals_are_noted_and_not_queued},
        {"children are offered first when memory runs out", children_are_offered_first_when_memory_runs_out},
        {"a timer on the child's clock fires when it has used its time",
         a_timer_on_the_childs_clock_fires_when_it_has_used_its_time},
        {"a child that sleeps is seen by the wall timer alone",
         a_child_that_sleeps_is_seen_by_the_wall_timer_alone},
        {"a process that is not there has no clock", a_process_that_is_not_there_has_no_clock},
    };
    return run_tests("limits", tests, sizeof tests / sizeof *tests);
}
