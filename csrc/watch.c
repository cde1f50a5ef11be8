/* watch.c - waiting for the end of a test, and forcing it.
 *
 * CPU time decides: a timer on the child's own clock. Wall time only catches sleepers, and time spent
 * waiting for a core is no sleep. How long a process has waited for one stands in /proc, which a zygote
 * in its jail cannot read; so when the wall limit has passed it asks the client (WIRE_OVERDUE), and goes
 * on watching until a grant tells how much longer the program may take.
 */
#define _GNU_SOURCE
#include "rltf.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND 1000000000ull

/* The test that runs. */
static struct {
    uint32_t number;
    uint32_t kill_flags; /* why we have killed its process; 0: we have not */
    int ended;           /* the client wants it ended */
    uint32_t at;         /* its place in the batch */
    int fresh;           /* its batch began with the child */
    uint32_t over;       /* how many of the batch have ended, when its child has said so */
    uint64_t cpu_before, wall_before;
    uint64_t cpu_began, wall_began; /* of the first of the batch */
    uint64_t cpu_now;               /* at the last look at the child's clock */
    uint64_t cpu_deadline, wall_deadline;
} test;

/* When the timers go off, 0: not at all. A timer may go off before its test is due: tests that are soon
 * over leave theirs to the next, and it is set anew when it has gone off. */
static uint64_t cpu_armed, wall_armed;

/* Of what a child says, no more than may be. */
static uint64_t between(uint64_t least, uint64_t said, uint64_t most)
{
    return said < least || most < least ? least : said > most ? most : said;
}

static void kill_child(uint32_t why)
{
    test.kill_flags |= why | RESULT_KILLED;
    kill(child.pid, SIGKILL);
}

static int arm_cpu(void)
{
    if (cpu_armed && cpu_armed <= test.cpu_deadline)
        return 0;
    cpu_armed = test.cpu_deadline;
    return cpu_watch_arm(cpu_armed);
}

static int arm_wall(void)
{
    if (wall_armed && wall_armed <= test.wall_deadline)
        return 0;
    wall_armed = test.wall_deadline;
    return wall_watch_arm(wall_armed);
}

static void begin_test(uint32_t at, uint64_t cpu_ns, uint64_t wall_ns)
{
    test.number++;
    test.at = at;
    test.cpu_before = cpu_ns;
    test.cpu_deadline = cpu_ns + settings()->cpu_ns;
    test.wall_before = wall_ns;
    test.wall_deadline = wall_ns + settings()->wall_ns;
}

int watch_start(int fresh)
{
    test.kill_flags = 0;
    test.ended = 0;
    test.fresh = fresh;
    if (fresh)
        cpu_armed = test.cpu_now = 0;
    test.cpu_began = test.cpu_now;
    test.wall_began = now_ns();
    begin_test(0, test.cpu_began, test.wall_began);
    return arm_cpu() < 0 ? -1 : arm_wall();
}

/* Looks which test of the batch runs now: its time began when the one before had ended. */
static void catch_up(void)
{
    uint32_t done = ledger_done();
    if (done == batch.head.count)
        done--; /* the last has not ended before the child says so */
    if (done <= test.at)
        return;
    struct turn turn = ledger_turn(done - 1);
    begin_test(done, between(test.cpu_before, turn.cpu_ns, cpu_watch_now()),
               between(test.wall_before, turn.wall_ns, now_ns()));
}

/* -1: the client is gone. */
static int ask_for_grant(void)
{
    struct wire_overdue overdue = {
        .test = test.number,
        .pid = child.pid,
        .began_ns = test.wall_before,
        .cpu_ns = cpu_watch_now() - test.cpu_before,
    };
    struct wire_part part = {&overdue, sizeof overdue};
    if (wire_send(&zygote.client, WIRE_OVERDUE, &part, 1) < 0)
        return -1;
    return wire_flush(&zygote.client);
}

/* -1: the client is gone. */
static int take_grant(void)
{
    struct wire_grant grant;
    catch_up();
    if (recv(zygote.grants, &grant, sizeof grant, 0) != (ssize_t)sizeof grant)
        return -1;
    if (test.kill_flags != 0)
        return 0;
    if (grant.test == test.number) /* else it is for a test that has ended; this one has its own limit */
        test.wall_deadline = now_ns() + grant.wall_ns;
    if ((grant.test == test.number && grant.wall_ns == 0) || arm_wall() < 0)
        kill_child(RESULT_WALL_LIMIT);
    return 0;
}

/* -1: the client is gone. */
static int take_wall_timer(void)
{
    wall_armed = 0;
    if (test.kill_flags != 0)
        return 0;
    catch_up();
    return now_ns() >= test.wall_deadline ? ask_for_grant() : arm_wall();
}

static void take_cpu_timer(void)
{
    cpu_armed = 0;
    catch_up();
    if (test.kill_flags == 0 && (cpu_watch_now() >= test.cpu_deadline || arm_cpu() < 0))
        kill_child(RESULT_CPU_LIMIT);
}

/* -1: the client is gone. */
static int take_signals(void)
{
    struct signalfd_siginfo infos[4]; /* one of each, and room to see that there is no more */
    ssize_t got = read(zygote.signals, infos, sizeof infos);
    for (ssize_t i = 0; i < got / (ssize_t)sizeof *infos; i++) {
        if (infos[i].ssi_signo == SIGCHLD)
            child.signalled = 1;
        else if (infos[i].ssi_int == TIMER_CPU)
            take_cpu_timer();
        else if (infos[i].ssi_int == TIMER_WALL && take_wall_timer() < 0)
            return -1;
    }
    return 0;
}

/* What the client says while a test runs: the end of a server's test, or good-bye. -1: gone. */
static int take_control(void)
{
    uint32_t type;
    struct buffer none = {0};
    int got = wire_receive(&zygote.client, &type, &none);
    buffer_free(&none);
    if (got <= 0 || type != WIRE_END)
        return -1;
    test.ended = 1;
    if (!(settings()->flags & PROGRAM_SHARED))
        kill_child(0);
    return 0;
}

/* Whether a PROGRAM_SHARED child has said that its batch is over. A child that closes its end is left to
 * die of what made it do so, or of its limits. */
static int take_turn(void)
{
    uint32_t over;
    if (recv(child.turn, &over, sizeof over, MSG_DONTWAIT) == (ssize_t)sizeof over) {
        test.over = (uint32_t)between(1, over, batch.head.count);
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
        if (child.signalled) {
            child.signalled = 0;
            if (wait4(child.pid, status, WNOHANG, usage) == child.pid)
                return END_DEAD;
        }
        int ahead = server && wire_is_ahead(&zygote.client);
        struct pollfd polled[] = {
            {.fd = zygote.signals, .events = POLLIN},
            {.fd = zygote.client.watched, .events = POLLIN},
            {.fd = zygote.client.fd, .events = server ? POLLIN : 0},
            {.fd = child.turn, .events = (short)(POLLIN | (child.handing_over ? POLLOUT : 0))},
            {.fd = broker_descriptor(), .events = POLLIN},
            {.fd = zygote.grants, .events = POLLIN},
        };
        if (poll(polled, sizeof polled / sizeof *polled, ahead ? 0 : -1) < 0 && errno != EINTR)
            return END_GONE;
        if (polled[0].revents && take_signals() < 0)
            return END_GONE;
        if (polled[5].revents && take_grant() < 0)
            return END_GONE;
        if (polled[1].revents || polled[2].revents & (POLLHUP | POLLERR))
            return END_GONE;
        if ((ahead || polled[2].revents & POLLIN) && take_control() < 0)
            return END_GONE;
        if (test.ended && test.kill_flags == 0 && settings()->flags & PROGRAM_SHARED)
            return END_ASKED;
        if (polled[4].revents & POLLIN)
            broker_answer(settings()->threads);
        if (polled[3].revents & POLLOUT)
            child_hand_over();
        if (polled[3].revents & ~POLLOUT && test.kill_flags == 0 && take_turn()) {
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

/* A child begins with the memory of its zygote, which is none of its own. */
static uint64_t above_start(long resident_kb)
{
    long began = zygote.page->resident_kb;
    return resident_kb > began ? (uint64_t)(resident_kb - began) : 0;
}

/* What a child says of its tests that have ended; it may have died in the one after them. */
static void read_turns(struct ended *ended, uint32_t count, int alive)
{
    uint64_t cpu = test.cpu_began, wall = test.wall_began, now = now_ns();
    int64_t ends[3] = {0};
    for (uint32_t i = 0; i < count; i++) {
        struct turn turn = ledger_turn(i);
        int last = alive && i + 1 == count; /* what the others have not owned up to is the last one's */
        uint64_t cpu_end = last ? test.cpu_now : between(cpu, turn.cpu_ns, test.cpu_now);
        uint64_t wall_end = last ? now : between(wall, turn.wall_ns, now);
        ended[i].result = (struct wire_result){
            .flags = RESULT_ALIVE,
            .exit_code = turn.exit_code,
            .peak_kb = above_start(turn.resident_kb),
            .cpu_ns = cpu_end - cpu,
            .wall_ns = wall_end - wall,
        };
        cpu = cpu_end;
        wall = wall_end;
        for (int k = 0; k < 3; k++) {
            ended[i].from[k] = ends[k];
            ends[k] = turn.ends[k] > ends[k] ? turn.ends[k] : ends[k];
            ended[i].to[k] = ends[k];
        }
    }
    test.cpu_before = cpu;
    test.wall_before = wall;
}

static void read_death(struct wire_result *result, int status, const struct rusage *usage)
{
    result->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (result->signal != SIGKILL)
        test.kill_flags = 0; /* it had ended by itself when we killed it */
    uint64_t cpu = cpu_of(usage);
    result->cpu_ns = cpu > test.cpu_before ? cpu - test.cpu_before : 0;
    result->wall_ns = now_ns() - test.wall_before;
    result->peak_kb = above_start(usage->ru_maxrss);
    if (zygote.page->released == 0 && test.kill_flags == 0) {
        result->flags |= RESULT_FAULT;
        result->fault = (uint32_t)(result->exit_code > 0 ? result->exit_code : EAGAIN);
    } else if ((result->signal == SIGKILL || result->signal == SIGXCPU) && test.kill_flags == 0 &&
               result->cpu_ns >= settings()->cpu_ns / 10 * 9)
        test.kill_flags = RESULT_CPU_LIMIT | RESULT_KILLED; /* RLIMIT_CPU, which is not exact */
    result->flags |= test.kill_flags;
    child_forget();
}

/* A server's test that the client has ended; its child goes on. */
static void read_asked(struct wire_result *result)
{
    result->flags = RESULT_ALIVE;
    result->cpu_ns = test.cpu_now - test.cpu_before;
    result->wall_ns = now_ns() - test.wall_before;
}

uint32_t watch_batch(struct ended ended[MOST_TOGETHER])
{
    struct rusage usage;
    int status = 0;
    enum end end = watch_child(&status, &usage);
    if (end == END_GONE) {
        child_end();
        return 0;
    }
    uint32_t count = 1;
    int64_t ends[3];
    if (end == END_DEAD && !test.fresh && test.at == 0 && ledger_done() == 0 &&
        WIFEXITED(status) && WEXITSTATUS(status) == EXIT_AGAIN) {
        child_forget();
        return UNTAKEN;
    }
    if (end == END_DEAD) {
        catch_up();
        count = test.at + 1;
        test.cpu_now = cpu_of(&usage);
        read_turns(ended, test.at, 0);
        read_death(&ended[test.at].result, status, &usage);
    } else {
        test.cpu_now = cpu_watch_now();
        if (end == END_ASKED)
            read_asked(&ended[0].result);
        else
            read_turns(ended, count = test.over, 1);
    }
    streams_ends(ends);
    for (uint32_t i = 0; i < count; i++) {
        for (int k = 0; k < 3; k++) {
            int64_t from = i > 0 ? ended[i - 1].to[k] : 0;
            int last = i + 1 == count;
            ended[i].from[k] = from;
            if (last || ended[i].to[k] > ends[k])
                ended[i].to[k] = ends[k] > from ? ends[k] : from;
            if ((uint64_t)(ended[i].to[k] - from) > settings()->output_bytes)
                ended[i].result.flags |= RESULT_OUTPUT_LIMIT;
        }
        if (ended[i].result.cpu_ns > settings()->cpu_ns)
            ended[i].result.flags |= RESULT_CPU_LIMIT;
    }
    return count;
}
