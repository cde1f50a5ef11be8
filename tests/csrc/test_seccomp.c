/* test_seccomp.c - the filters as this kernel applies them; test_filter.c has the whole table. */
#define _GNU_SOURCE
#include "rltf.h"

#include "check.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static pid_t parent;

static void enter_zygote(void)
{
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(seccomp_enter_zygote(OPENING_BROKER, 1, 0) >= 0);
}

static void enter_both(void)
{
    parent = getppid();
    enter_zygote();
    CHECK(seccomp_enter_child(getpid(), ANYWHERE) == 0);
}

static void refused(long result, int error)
{
    CHECK(result == -1 && errno == error);
}

static void a_zygote_can_still_serve(void)
{
    enter_zygote();
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    struct wire_part part = {"x", 1};
    struct wire wire;
    CHECK(wire_open(&wire, pair[0], -1) == 0);
    CHECK(wire_send(&wire, WIRE_READY, &part, 1) == 0 && wire_flush(&wire) == 0);
    CHECK(wall_watch_start(SIGRTMIN) == 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(seccomp_enter_child(getpid(), ANYWHERE) == 0 ? 7 : 1);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7);
}

static void a_zygote_has_no_network_and_no_new_programs(void)
{
    enter_zygote();
    refused(socket(AF_INET, SOCK_STREAM, 0), EPERM);
    refused(execl("/bin/true", "true", NULL), EPERM);
}

static void a_child_reaches_nobody_and_makes_nobody(void)
{
    enter_both();
    refused(kill(parent, 0), EPERM);
    refused(kill(-1, 0), EPERM);
    refused(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), EPERM);
    refused(syscall(SYS_ptrace, 16, parent, 0, 0), EPERM);
    refused(syscall(SYS_seccomp, 1, 0, "x"), EPERM);
    refused(socket(AF_UNIX, SOCK_STREAM, 0), EPERM);
    refused(sendmsg(1, NULL, 0), EPERM);
    CHECK(kill(getpid(), 0) == 0);
}

static void a_child_reads_its_limits_and_does_not_set_them(void)
{
    enter_both();
    struct rlimit both;
    CHECK(getrlimit(RLIMIT_NOFILE, &both) == 0);
    refused(setrlimit(RLIMIT_NOFILE, &both), EPERM);
}

static void a_filter_is_not_taken_back(void)
{
    enter_both();
    refused(prctl(PR_SET_SECCOMP, 0, 0, 0, 0), EPERM);
    refused(seccomp_enter_zygote(OPENING_BROKER, 1, 0), EPERM);
}

#ifdef __x86_64__
static void a_call_of_another_architecture_kills(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        enter_both();
        syscall(0x40000000 | SYS_getpid); /* x32 */
        _exit(0);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}
#endif

int main(void)
{
    static const struct test tests[] = {
        {"a zygote can still serve", a_zygote_can_still_serve},
        {"a zygote has no network and no new programs", a_zygote_has_no_network_and_no_new_programs},
        {"a child reaches nobody and makes nobody", a_child_reaches_nobody_and_makes_nobody},
        {"a child reads its limits and does not set them", a_child_reads_its_limits_and_does_not_set_them},
        {"a filter is not taken back", a_filter_is_not_taken_back},
#ifdef __x86_64__
        {"a call of another architecture kills", a_call_of_another_architecture_kills},
#endif
    };
    return run_tests("seccomp", tests, sizeof tests / sizeof *tests);
}
