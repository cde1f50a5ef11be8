/* server.c - the fork server.
 *
 * THEORY OF OPERATION
 *
 * Processes. The client (the process that uses rltf.Sandbox) execs zygotes, each a warmed,
 * single-threaded Python process that enters its jail (jail.c, seccomp.c) and then never leaves
 * rltf_serve(). For every test the zygote forks a child. The child limits itself, gives up what only
 * a zygote may do, and returns from rltf_serve() into Python, where the program runs. A zygote has
 * one child at a time; a machine's cores are filled by several zygotes. Candidates (the programs) and
 * judges (test code) have zygotes of their own, so that nothing of a test is ever in the memory that a
 * candidate is forked from.
 *
 * Descriptors. The control socket leads to the client; no child keeps it. A zygote's descriptors 0 to
 * 3 are memfds: stdin, stdout, stderr and the report. A child inherits them as they are, which saves
 * it every dup2, and the zygote reads them when the child is dead (or, for PROGRAM_SHARED, between two
 * tests) and empties them: no pipe to drain, nobody to wait for at an end of file, and RLIMIT_FSIZE
 * bounds them. Sharing them with the next child is safe since nobody else holds them then: a child
 * cannot make processes or pass descriptors. Only flags that live in the open file are reset.
 * RLTF_FD_TURN and RLTF_FD_CHANNEL are sockets, made or received for one child.
 *
 * Who waits for whom. The zygote polls: its signalfd (SIGCHLD, the CPU timer, the wall timer; whether
 * a timer is a late one of the test before is seen on the clock itself), the control socket,
 * a pidfd of the client, the turn socket of a PROGRAM_SHARED child, and the broker's listener, where a
 * child waits for leave to start a thread (broker.c). Nothing else blocks it.
 *
 * Deaths. The client dies or closes: the pidfd or the socket tells (the pidfd alone is right when a
 * fork of the client still holds the socket); the zygote kills its child and exits. The zygote dies:
 * PR_SET_PDEATHSIG kills the child; the client sees the socket close, starts another zygote and runs
 * what was not answered again. The child dies: that is a result.
 *
 * Whose fault. Until the child says rltf_release(), anything that goes wrong is ours (RESULT_FAULT).
 * It says so in a shared page, which it unmaps in the same breath, so that no program can take it back.
 */
#define _GNU_SOURCE
#include "rltf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STDOUT_CUT 4096u  /* bytes of stdout that travel when the client does not compare it */
#define STDERR_CUT 4096u
#define CPU_STARVED 10    /* a program that gets a tenth of the wall time is waiting for a core */
#define MAX_EXTENSIONS 20 /* of the wall limit, for a program that waits for a core */
#define SECOND 1000000000ull

enum { TAG_CPU = 1, TAG_WALL };

static struct {
    int control;
    int parent; /* pidfd */
    int signals;
    int timer_signal;
    uint64_t address_space;
    struct shared_page {
        uint32_t released;
        long resident_kb; /* what the child began with */
    } *page; /* shared with the child until it says rltf_release() */
    struct buffer frame;
    struct buffer program;
    struct buffer out;
    int channel; /* received, for the next fork; -1 without */
} zygote = {.control = -1, .parent = -1, .signals = -1, .channel = -1};

static struct {
    pid_t pid;     /* 0: none */
    int turn;      /* our end; -1 without */
    int exit_code; /* what it reported on its turn socket */
    uint32_t threads;
    const char *test; /* what is being handed over, and how much of it has been */
    size_t test_length, handed_over;
    int handing_over;
    uint32_t kill_flags;
    int ended; /* the client wants the test ended */
    int extensions;
    uint64_t cpu_before, wall_before; /* at the start of the test */
    uint64_t wall_deadline;
    uint64_t cpu_at_last_look;
} child = {.turn = -1};

static char failure[160] = "nothing failed";

int fail(const char *what)
{
    int error = errno;
    snprintf(failure, sizeof failure, "%s: %s", what, strerror(error));
    errno = error;
    return -1;
}

const char *rltf_failure(void)
{
    return failure;
}

static const struct wire_program *settings(void)
{
    return (const struct wire_program *)(const void *)zygote.program.data;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/*** Preparing a zygote ***/

static int make_memfd(const char *name, int at)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0)
        return fail("make a memfd");
    if (fd == at)
        return 0;
    if (dup2(fd, at) < 0)
        return fail("place a memfd");
    close(fd);
    return 0;
}

int rltf_prepare(int control)
{
    zygote.control = fcntl(control, F_DUPFD_CLOEXEC, RLTF_FD_FIRST_FREE + 4);
    if (zygote.control < 0)
        return fail("move the control socket");
    pid_t parent = getppid();
    int pidfd = (int)syscall(SYS_pidfd_open, parent, 0);
    if (pidfd < 0)
        return fail("open a pidfd of the client (Linux 5.3 or newer is needed)");
    zygote.parent = fcntl(pidfd, F_DUPFD_CLOEXEC, RLTF_FD_FIRST_FREE + 4);
    close(pidfd);
    if (make_memfd("stdin", 0) < 0 || make_memfd("stdout", 1) < 0 ||
        make_memfd("stderr", 2) < 0 || make_memfd("report", RLTF_FD_REPORT) < 0)
        return -1;
    /* Hold the places of the two sockets, so that no descriptor that comes later sits there. */
    if (dup2(RLTF_FD_REPORT, RLTF_FD_TURN) < 0 || dup2(RLTF_FD_REPORT, RLTF_FD_CHANNEL) < 0)
        return fail("hold the places of the sockets");

    zygote.timer_signal = SIGRTMIN;
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, zygote.timer_signal);
    if (sigprocmask(SIG_BLOCK, &watched, NULL) < 0)
        return fail("block signals");
    int signals = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals < 0)
        return fail("make a signalfd");
    zygote.signals = fcntl(signals, F_DUPFD_CLOEXEC, RLTF_FD_FIRST_FREE + 4);
    close(signals);
    if (wall_watch_start(zygote.timer_signal, TAG_WALL) < 0)
        return -1;

    zygote.page = mmap(NULL, sizeof *zygote.page, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (zygote.page == MAP_FAILED)
        return fail("make a shared page");
    zygote.address_space = limits_address_space();
    if (zygote.address_space == 0)
        return fail("read the size of the address space");
    return 0;
}

/*** The child's side ***/

/* Copies of stdin, stdout and stderr, for the next test of a child whose program has closed them. */
#define STANDARD 3
static int standard[STANDARD];

static int close_the_rest(int turn)
{
    if (zygote.channel >= 0 && dup2(zygote.channel, RLTF_FD_CHANNEL) < 0)
        return fail("place the channel");
    if (turn >= 0 && dup2(turn, RLTF_FD_TURN) < 0)
        return fail("place the turn socket");
    if (turn < 0)
        close(RLTF_FD_TURN);
    if (zygote.channel < 0)
        close(RLTF_FD_CHANNEL);
    if (syscall(SYS_close_range, RLTF_FD_FIRST_FREE, ~0u, 0) < 0)
        return fail("close the zygote's descriptors");
    for (int fd = 0; turn >= 0 && fd < STANDARD; fd++) {
        standard[fd] = fcntl(fd, F_DUPFD_CLOEXEC, RLTF_FD_FIRST_FREE);
        if (standard[fd] < 0)
            return fail("keep the standard descriptors");
    }
    return 0;
}

static int enter_child(pid_t parent, int turn)
{
    struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t none;
    sigemptyset(&none);
    /* CPython ignores SIGXFSZ; here it must end a program whose output is full. */
    if (sigaction(SIGXFSZ, &by_default, NULL) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
        return fail("reset signals");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        return fail("tie the child to the zygote");
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) < 0)
        return fail("measure the child");
    zygote.page->resident_kb = usage.ru_maxrss;
    if (getppid() != parent) {
        errno = ESRCH;
        return fail("the zygote is gone");
    }
    uint64_t payload = zygote.program.capacity + zygote.frame.capacity;
    if (close_the_rest(turn) < 0 || limits_apply(settings(), zygote.address_space + payload) < 0)
        return -1;
    return seccomp_enter_child(getpid());
}

static void fill_job(struct rltf_job *job, const char *test, size_t length)
{
    *job = (struct rltf_job){
        .program = zygote.program.data + sizeof(struct wire_program),
        .program_length = zygote.program.length - sizeof(struct wire_program),
        .test = test,
        .test_length = length,
        .flags = settings()->flags,
    };
}

void rltf_release(void)
{
    zygote.page->released = 1;
    munmap(zygote.page, sizeof *zygote.page);
}

int rltf_next_test(int exit_code, struct rltf_job *job)
{
    int32_t code = exit_code;
    uint64_t length;
    if (write_exactly(RLTF_FD_TURN, &code, sizeof code) < 0 ||
        read_exactly(RLTF_FD_TURN, &length, sizeof length) <= 0 ||
        buffer_reserve(&zygote.frame, length) < 0)
        return 0;
    if (length && read_exactly(RLTF_FD_TURN, zygote.frame.data, length) <= 0)
        return 0;
    for (int fd = 0; fd < STANDARD; fd++)
        dup2(standard[fd], fd);
    fill_job(job, zygote.frame.data, length);
    return 1;
}

/*** The zygote's side: one test ***/

static int rewind_memfd(int fd)
{
    if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0 || fcntl(fd, F_SETFL, 0) < 0)
        return fail("empty a memfd");
    return 0;
}

static int put_stdin(const char *data, size_t length)
{
    for (int fd = 0; fd <= RLTF_FD_REPORT; fd++)
        if (rewind_memfd(fd) < 0)
            return -1;
    for (size_t done = 0; done < length;) {
        ssize_t put = pwrite(0, data + done, length - done, (off_t)done);
        if (put <= 0)
            return fail("write a test's input");
        done += (size_t)put;
    }
    return 0;
}

static void drop_child(void)
{
    cpu_watch_stop();
    if (child.turn >= 0)
        close(child.turn);
    child.turn = -1;
    child.handing_over = 0;
    child.pid = 0;
}

static void kill_child(uint32_t why)
{
    child.kill_flags |= why | RESULT_KILLED;
    kill(child.pid, SIGKILL);
}

static void end_child(void)
{
    if (child.pid == 0)
        return;
    kill(child.pid, SIGKILL);
    while (waitpid(child.pid, NULL, 0) < 0 && errno == EINTR)
        ;
    drop_child();
}

static int arm_wall(void)
{
    child.wall_deadline = now_ns() + settings()->wall_ns;
    return wall_watch_arm(settings()->wall_ns);
}

/* Starts the clocks of a test. A fresh child's CPU clock counts from its fork. */
static int arm_watches(int fresh)
{
    child.kill_flags = 0;
    child.ended = 0;
    child.extensions = 0;
    child.wall_before = now_ns();
    child.cpu_before = fresh ? 0 : cpu_watch_now();
    child.cpu_at_last_look = child.cpu_before;
    if (cpu_watch_arm(child.cpu_before + settings()->cpu_ns) < 0)
        return -1;
    return arm_wall();
}

/* 1: in the child. 0: in the zygote; child.pid is set. -1: error. */
static int fork_child(void)
{
    int turns[2] = {-1, -1};
    if ((settings()->flags & PROGRAM_SHARED) &&
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, turns) < 0)
        return fail("make a turn socket");
    *zygote.page = (struct shared_page){0};
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        if (enter_child(parent, turns[1]) < 0)
            _exit(errno ? errno : 1); /* not released: the zygote knows that it is our fault */
        return 1;
    }
    if (turns[1] >= 0)
        close(turns[1]);
    if (pid < 0) {
        if (turns[0] >= 0)
            close(turns[0]);
        return fail("fork");
    }
    child.pid = pid;
    child.turn = turns[0];
    child.threads = 1;
    if (zygote.channel >= 0)
        close(zygote.channel);
    zygote.channel = -1;
    /* ESRCH here: it has died already, and waiting for it says how. */
    if (cpu_watch_start(pid, zygote.timer_signal, TAG_CPU) < 0 && errno != ESRCH) {
        end_child();
        return -1;
    }
    return 0;
}

/* Hands a PROGRAM_SHARED child as much of its next test as it takes now. A child that does not read
 * is left to its limits. */
static void hand_over(void)
{
    uint64_t size = child.test_length;
    struct iovec parts[2] = {{&size, sizeof size}, {(void *)(uintptr_t)child.test, child.test_length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    size_t skipped = child.handed_over;
    for (int i = 0; i < 2; i++) {
        size_t part = skipped < parts[i].iov_len ? skipped : parts[i].iov_len;
        parts[i].iov_base = (char *)parts[i].iov_base + part;
        parts[i].iov_len -= part;
        skipped -= part;
    }
    ssize_t sent = sendmsg(child.turn, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
        child.handed_over += (size_t)sent;
    if (child.handed_over == sizeof size + child.test_length || (sent < 0 && errno != EAGAIN))
        child.handing_over = 0;
}

/* The wall limit has passed. A program that slept is ended; one that waited for a core is not. */
static void look_at_wall(void)
{
    uint64_t now = cpu_watch_now();
    uint64_t progress = now - child.cpu_at_last_look;
    child.cpu_at_last_look = now;
    if (progress * CPU_STARVED < settings()->wall_ns || ++child.extensions > MAX_EXTENSIONS ||
        arm_wall() < 0)
        kill_child(RESULT_WALL_LIMIT);
}

static void take_signals(void)
{
    struct signalfd_siginfo info;
    while (read(zygote.signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != (uint32_t)zygote.timer_signal || child.kill_flags != 0)
            continue;
        if (info.ssi_int == TAG_WALL && now_ns() >= child.wall_deadline)
            look_at_wall();
        else if (info.ssi_int == TAG_CPU && cpu_watch_now() >= child.cpu_before + settings()->cpu_ns)
            kill_child(RESULT_CPU_LIMIT);
    }
}

/* What the client says while a test runs: the end of a server's test, or good-bye. -1: gone. */
static int take_control(void)
{
    uint32_t type;
    struct buffer none = {0};
    int got = wire_receive(zygote.control, zygote.parent, &type, &none, &zygote.channel);
    buffer_free(&none);
    if (got <= 0 || type != WIRE_END)
        return -1;
    child.ended = 1;
    if (!(settings()->flags & PROGRAM_SHARED))
        kill_child(0);
    return 0;
}

/* Reads what a PROGRAM_SHARED child says at the end of a test. 0: it said nothing. A child that
 * closes its end is left to die of what made it do so, or of its limits. */
static int take_turn(void)
{
    int32_t code;
    if (recv(child.turn, &code, sizeof code, MSG_DONTWAIT) == (ssize_t)sizeof code) {
        child.exit_code = code;
        return 1;
    }
    close(child.turn);
    child.turn = -1;
    return 0;
}

enum end { END_GONE = -1, END_DEAD, END_TURN, END_ASKED };

/* Waits until the test has ended in one of these ways. */
static enum end watch_child(int *status, struct rusage *usage)
{
    int server = settings()->flags & PROGRAM_SERVER;
    for (;;) {
        pid_t pid = wait4(child.pid, status, WNOHANG, usage);
        if (pid == child.pid)
            return END_DEAD;
        struct pollfd polled[] = {
            {.fd = zygote.signals, .events = POLLIN},
            {.fd = zygote.parent, .events = POLLIN},
            {.fd = zygote.control, .events = server ? POLLIN : 0},
            {.fd = child.turn, .events = (short)(POLLIN | (child.handing_over ? POLLOUT : 0))},
            {.fd = broker_descriptor(), .events = POLLIN},
        };
        if (poll(polled, 5, -1) < 0 && errno != EINTR)
            return END_GONE;
        if (polled[0].revents)
            take_signals();
        if (polled[1].revents || polled[2].revents & (POLLHUP | POLLERR))
            return END_GONE;
        if (polled[2].revents & POLLIN && take_control() < 0)
            return END_GONE;
        if (child.ended && child.kill_flags == 0 && settings()->flags & PROGRAM_SHARED)
            return END_ASKED;
        if (polled[4].revents & POLLIN)
            broker_answer(&child.threads, settings()->threads);
        if (polled[3].revents & POLLOUT)
            hand_over();
        if (polled[3].revents & ~POLLOUT && child.kill_flags == 0 && take_turn()) {
            if (!child.handing_over)
                return END_TURN;
            kill_child(0); /* it spoke before it had heard its test: not our Python side */
        }
    }
}

static uint64_t cpu_of(const struct rusage *usage)
{
    uint64_t seconds = (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec);
    uint64_t micros = (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
    return seconds * SECOND + micros * 1000;
}

static void read_death(struct wire_result *answer, int status, const struct rusage *usage)
{
    answer->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    answer->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        child.kill_flags = 0; /* it had died by itself when we killed it */
    uint64_t cpu = cpu_of(usage);
    answer->cpu_ns = cpu > child.cpu_before ? cpu - child.cpu_before : 0;
    if (usage->ru_maxrss > zygote.page->resident_kb)
        answer->peak_kb = (uint64_t)(usage->ru_maxrss - zygote.page->resident_kb);
    if (zygote.page->released == 0 && child.kill_flags == 0) {
        answer->flags |= RESULT_FAULT;
        answer->fault = (uint32_t)(answer->exit_code > 0 ? answer->exit_code : EAGAIN);
    }
    drop_child();
}

/* The test is over and its child goes on; `end` says whether it reported an exit code. */
static void read_turn(struct wire_result *answer, enum end end)
{
    answer->flags |= RESULT_ALIVE;
    answer->exit_code = end == END_TURN ? child.exit_code : 0;
    answer->cpu_ns = cpu_watch_now() - child.cpu_before;
}

/* Bytes to send of what lies in a memfd. */
static size_t memfd_size(int fd, size_t cut)
{
    off_t size = lseek(fd, 0, SEEK_END);
    if (size < 0)
        return 0;
    return (size_t)size < cut ? (size_t)size : cut;
}

static int send_result(struct wire_result *answer)
{
    const struct wire_program *s = settings();
    size_t lengths[] = {
        memfd_size(1, s->flags & PROGRAM_FULL_STDOUT ? s->output_bytes + 1 : STDOUT_CUT),
        memfd_size(2, STDERR_CUT),
        memfd_size(RLTF_FD_REPORT, s->output_bytes + 1),
    };
    static const int fds[] = {1, 2, RLTF_FD_REPORT};
    size_t total = 0;
    if (buffer_reserve(&zygote.out, lengths[0] + lengths[1] + lengths[2]) < 0)
        return -1;
    /* no later program inherits what this one has written */
    if (zygote.out.capacity && madvise(zygote.out.data, zygote.out.capacity, MADV_DONTFORK) < 0)
        return fail("keep the outputs from the next child");
    for (int i = 0; i < 3; i++) {
        /* a child that lives on may make it shorter meanwhile */
        ssize_t got = lengths[i] ? pread(fds[i], zygote.out.data + total, lengths[i], 0) : 0;
        if (got < 0)
            return fail("read an output");
        lengths[i] = (size_t)got;
        total += lengths[i];
    }
    answer->stdout_length = (uint32_t)lengths[0];
    answer->stderr_length = (uint32_t)lengths[1];
    answer->report_length = (uint32_t)lengths[2];
    struct wire_part parts[] = {{answer, sizeof *answer}, {zygote.out.data, total}};
    return wire_send(zygote.control, WIRE_RESULT, parts, 2);
}

/* Ends the test that runs and reports it. */
static int finish_test(uint32_t id)
{
    struct wire_result answer = {.id = id};
    struct rusage usage;
    int status = 0;
    enum end end = watch_child(&status, &usage);
    if (end == END_GONE) {
        end_child();
        return 0;
    }
    if (end == END_DEAD)
        read_death(&answer, status, &usage);
    else
        read_turn(&answer, end);
    wall_watch_arm(0);
    answer.wall_ns = now_ns() - child.wall_before;
    answer.flags |= child.kill_flags;
    if (answer.cpu_ns > settings()->cpu_ns)
        answer.flags |= RESULT_CPU_LIMIT;
    return send_result(&answer) < 0 ? -1 : 1;
}

static int report_fault(uint32_t id)
{
    struct wire_result answer = {.id = id, .flags = RESULT_FAULT, .fault = (uint32_t)errno};
    struct wire_part part = {&answer, sizeof answer};
    return wire_send(zygote.control, WIRE_RESULT, &part, 1) < 0 ? -1 : 1;
}

/* Starts and finishes one test. 2: in the child; 1: done; 0: the client is gone; -1: error. */
static int run_test(struct rltf_job *job)
{
    struct wire_test head;
    memcpy(&head, zygote.frame.data, sizeof head);
    const char *input = zygote.frame.data + sizeof head;
    const char *test = input + head.stdin_length;
    size_t length = zygote.frame.length - sizeof head - head.stdin_length;

    if (put_stdin(input, head.stdin_length) < 0)
        return report_fault(head.id);
    int fresh = child.pid == 0;
    if (fresh) {
        int forked = fork_child();
        if (forked < 0)
            return report_fault(head.id);
        if (forked) {
            fill_job(job, test, length);
            return 2;
        }
    }
    if (arm_watches(fresh) < 0) {
        end_child();
        return report_fault(head.id);
    }
    if (!fresh && !(settings()->flags & PROGRAM_SERVER)) {
        child.test = test;
        child.test_length = length;
        child.handed_over = 0;
        child.handing_over = 1;
    }
    return finish_test(head.id);
}

static void take_program(void)
{
    end_child();
    struct buffer old = zygote.program;
    zygote.program = zygote.frame;
    zygote.frame = old;
}

int rltf_serve(const char *layers, struct rltf_job *job)
{
    struct wire_part ready = {layers, strlen(layers)};
    if (wire_send(zygote.control, WIRE_READY, &ready, 1) < 0)
        return -1;
    for (;;) {
        uint32_t type;
        int got = wire_receive(zygote.control, zygote.parent, &type, &zygote.frame, &zygote.channel);
        if (got <= 0) {
            end_child();
            return got;
        }
        if (type == WIRE_END) { /* no more tests; or it crossed with the end of the one it was for */
            end_child();
            continue;
        }
        if (!wire_is_job(type, &zygote.frame, zygote.program.length > 0)) {
            errno = EPROTO;
            return fail("a malformed frame on the control socket");
        }
        if (type == WIRE_PROGRAM) {
            take_program();
            continue;
        }
        got = run_test(job);
        if (got != 1)
            return got == 2 ? 1 : got;
    }
}
