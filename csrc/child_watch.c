/* child_watch.c - waits for the end of a test, or forces it.
 *
 * CPU time decides: a timer runs on the child's own clock. The wall limit only catches sleepers,
 * and time spent waiting for a core is not sleep. How long a process has waited for one is in
 * /proc, which a zygote cannot read in its jail. So when the wall limit has passed, the zygote asks
 * the client (WIRE_OVERDUE), and goes on watching until a grant says how much longer the program
 * may take.
 */
#define _GNU_SOURCE
#include "child_watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct running_test test;

/* When the timers go off; 0: not at all. A timer may go off before its test is due: a short test
 * leaves its timer to the next one, and the timer is set again when it has gone off. */
static uint64_t cpu_armed, wall_armed;

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
    test.cpu_deadline = cpu_ns + current_program()->cpu_ns;
    test.wall_before = wall_ns;
    test.wall_deadline = wall_ns + current_program()->wall_ns;
}

int watch_start(int fresh)
{
    test.kill_flags = 0;
    test.end_asked = 0;
    test.fresh = fresh;
    if (fresh)
        cpu_armed = test.cpu_now = 0;
    test.cpu_began = test.cpu_now;
    test.wall_began = now_ns();
    begin_test(0, test.cpu_began, test.wall_began);
    return arm_cpu() < 0 ? -1 : arm_wall();
}

void catch_up(void)
{
    uint32_t done = ledger_done();
    if (done == batch.head.count)
        done--; /* the last test has not ended until the child says so */
    if (done <= test.at)
        return;
    struct test_end end = ledger_read(done - 1);
    begin_test(done, clamp(test.cpu_before, end.cpu_ns, cpu_watch_now()),
               clamp(test.wall_before, end.wall_ns, now_ns()));
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
    if (grant.test == test.number) /* else it is for an earlier test */
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

/* Reads what the client sends while a test runs: the end of a server's test. -1: the client is
 * gone. */
static int take_control(void)
{
    uint32_t type;
    struct buffer none = {0};
    int got = wire_receive(&zygote.client, &type, &none);
    buffer_free(&none);
    if (got <= 0 || type != WIRE_END)
        return -1;
    test.end_asked = 1;
    if (!(current_program()->flags & PROGRAM_SHARED))
        kill_child(0);
    return 0;
}

/* Whether a PROGRAM_SHARED child has said that its batch is over. A child that closes its end of
 * the socket is left to die by itself or by its limits. */
static int take_batch_end(void)
{
    uint32_t over;
    if (recv(child.batch_socket, &over, sizeof over, MSG_DONTWAIT) == (ssize_t)sizeof over) {
        test.over = (uint32_t)clamp(1, over, batch.head.count);
        return 1;
    }
    close(child.batch_socket);
    child.batch_socket = -1;
    return 0;
}

enum end watch_child(int *status, struct rusage *usage)
{
    enum { SIGNALS, GRANTS, CLIENT_PROCESS, CLIENT, BROKER, BATCH };
    int server = current_program()->flags & PROGRAM_SERVER;
    for (;;) {
        if (child.signalled) {
            child.signalled = 0;
            if (wait4(child.pid, status, WNOHANG, usage) == child.pid)
                return END_DEAD;
        }
        int ahead = server && wire_is_ahead(&zygote.client);
        struct pollfd polled[] = {
            [SIGNALS] = {.fd = zygote.signals, .events = POLLIN},
            [GRANTS] = {.fd = zygote.grants, .events = POLLIN},
            [CLIENT_PROCESS] = {.fd = zygote.client.watched, .events = POLLIN},
            [CLIENT] = {.fd = zygote.client.fd, .events = server ? POLLIN : 0},
            [BROKER] = {.fd = broker_descriptor(), .events = POLLIN},
            [BATCH] = {.fd = child.batch_socket,
                       .events = (short)(POLLIN | (child.handing_over ? POLLOUT : 0))},
        };
        if (poll(polled, LENGTH_OF(polled), ahead ? 0 : -1) < 0 && errno != EINTR)
            return END_GONE;
        if (polled[SIGNALS].revents && take_signals() < 0)
            return END_GONE;
        if (polled[GRANTS].revents && take_grant() < 0)
            return END_GONE;
        if (polled[CLIENT_PROCESS].revents || polled[CLIENT].revents & (POLLHUP | POLLERR))
            return END_GONE;
        if ((ahead || polled[CLIENT].revents & POLLIN) && take_control() < 0)
            return END_GONE;
        if (test.end_asked && test.kill_flags == 0 && current_program()->flags & PROGRAM_SHARED)
            return END_ASKED;
        if (polled[BROKER].revents & POLLIN)
            broker_answer(current_program()->threads);
        if (polled[BATCH].revents & POLLOUT)
            child_hand_over();
        if (polled[BATCH].revents & ~POLLOUT && test.kill_flags == 0 && take_batch_end()) {
            if (!child.handing_over)
                return END_BATCH;
            kill_child(0); /* it answered before it had its test, so it is not our Python side */
        }
    }
}
