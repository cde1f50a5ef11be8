/* test_broker.c - threads are counted by the zygote, whatever signals do in between. */
#define _GNU_SOURCE
#include "rltf.h"

#include "check.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define MOST 8u

static int has_no_flag; /* as before Linux 5.19 */

static void forget_the_flag(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1u << 5, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

/* What the kernel counts: a process's folder of threads has a link for each. */
static unsigned alive(pid_t pid)
{
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    return stat(path, &status) == 0 ? (unsigned)status.st_nlink - 2 : 0;
}

/* Serves a child until it has ended with 0; returns the most threads that it had at one time. */
static unsigned serve(void (*work)(void))
{
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    if (has_no_flag)
        forget_the_flag();
    int listener = seccomp_enter_zygote(OPENING_BROKER, 1, 0);
    CHECK(listener > 0);
    broker_start(listener);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(seccomp_enter_child(getpid(), ANYWHERE) == 0);
        work();
        _exit(0);
    }
    CHECK(pid > 0 && broker_threads_begin(pid, MOST) == 0);
    unsigned most = 0;
    int status;
    for (;;) {
        struct pollfd polled = {.fd = broker_descriptor(), .events = POLLIN};
        if (poll(&polled, 1, 1) > 0 && polled.revents & POLLIN)
            broker_answer(MOST);
        unsigned now = alive(pid);
        most = now > most ? now : most;
        if (waitpid(pid, &status, WNOHANG) == pid)
            break;
    }
    CHECK(status == 0);
    return most;
}

static int start(pthread_t *thread, void *(*run)(void *))
{
    pthread_attr_t small;
    CHECK(pthread_attr_init(&small) == 0 && pthread_attr_setstacksize(&small, 256 << 10) == 0);
    return pthread_create(thread, &small, run, NULL);
}

static void *wait_forever(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static void fill_up(void)
{
    pthread_t thread;
    for (unsigned i = 1; i < MOST; i++)
        CHECK(start(&thread, wait_forever) == 0);
    for (int i = 0; i < 20; i++)
        CHECK(start(&thread, wait_forever) == EAGAIN);
}

static void there_are_so_many_and_no_more(void)
{
    CHECK(serve(fill_up) == MOST);
}

static void *return_at_once(void *unused)
{
    return unused;
}

/* One that has been waited for has left its place, even when the kernel still tidies up. */
static void start_and_join(void)
{
    pthread_t threads[MOST - 1];
    for (int round = 0; round < 300; round++) {
        for (unsigned i = 0; i < MOST - 1; i++)
            CHECK(start(&threads[i], return_at_once) == 0);
        for (unsigned i = 0; i < MOST - 1; i++)
            CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

static void one_that_has_ended_makes_room(void)
{
    CHECK(serve(start_and_join) <= MOST);
}

static __thread sigjmp_buf before_the_end;

static void call_back(int signal)
{
    (void)signal;
    siglongjmp(before_the_end, 1);
}

/* Says that it ends, again and again, and is called back by a signal. */
static void *end_and_be_called_back(void *unused)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    int calls = 0;
    sigsetjmp(before_the_end, 1);
    CHECK(pthread_sigmask(SIG_UNBLOCK, &signals, NULL) == 0);
    if (calls++ < 1000000)
        syscall(SYS_exit, 0);
    return unused;
}

static void storm(void)
{
    struct sigaction action = {.sa_handler = call_back};
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    CHECK(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    pid_t process = getpid();
    for (int round = 0; round < 1500; round++) {
        pthread_t thread;
        start(&thread, end_and_be_called_back);
        for (pid_t tid = process + 1; tid < process + 40; tid++)
            syscall(SYS_tgkill, process, tid, SIGUSR1);
    }
}

static void a_thread_that_is_called_back_from_its_end_counts(void)
{
    unsigned most = serve(storm);
    CHECK(most > 1 && most <= MOST);
}

static void it_counts_on_kernels_that_let_signals_in_between(void)
{
    has_no_flag = 1;
    a_thread_that_is_called_back_from_its_end_counts();
}

static void *own_table(void *unused)
{
    return unused;
}

/* Each set of flags but a libc's own; the stack is never used. */
static void start_odd_threads(void)
{
    static const unsigned long thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
        CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    static const unsigned long without[] = {CLONE_FILES, CLONE_FS, CLONE_FILES | CLONE_FS, CLONE_SYSVSEM};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        CHECK(syscall(SYS_clone, thread & ~without[i], 0, 0, 0, 0) == -1 && errno == EPERM);
    CHECK(syscall(SYS_close_range, 900, 901, 2 /* CLOSE_RANGE_UNSHARE */) == -1 && errno == EPERM);
    CHECK(unshare(CLONE_FILES) == -1 && errno == EPERM);
    pthread_t usual;
    CHECK(start(&usual, own_table) == 0 && pthread_join(usual, NULL) == 0);
}

static void no_thread_gets_a_table_of_its_own(void)
{
    CHECK(serve(start_odd_threads) <= 2);
}

int main(void)
{
    static const struct test tests[] = {
        {"there are so many and no more", there_are_so_many_and_no_more},
        {"one that has ended makes room", one_that_has_ended_makes_room},
        {"a thread that is called back from its end counts", a_thread_that_is_called_back_from_its_end_counts},
        {"it counts on kernels that let signals in between", it_counts_on_kernels_that_let_signals_in_between},
        {"no thread gets a table of its own", no_thread_gets_a_table_of_its_own},
    };
    return run_tests("broker", tests, sizeof tests / sizeof *tests);
}
