/* server.c - the fork server.
 *
 * THEORY OF OPERATION
 *
 * Processes. The client (the process that uses rltf.Sandbox) execs zygotes, each a warmed,
 * single-threaded Python process that enters its jail (jail.c, install_filters.c) and then never
 * leaves rltf_serve(). For every test the zygote forks a child. The child limits itself, gives up what
 * only a zygote may do, and returns from rltf_serve() into Python, where the program runs. A zygote
 * has one child at a time; a machine's cores are filled by several zygotes. Candidates (the
 * programs) and judges (test code) have zygotes of their own, so that nothing of a test is ever in
 * the memory that a candidate is forked from.
 *
 * Tests. A PROGRAM_SHARED child runs all tests of its program. It gets the tests that have come so
 * far as one batch (child_batch.c), and goes from one to the next by itself. One message on its
 * batch socket says that the batch is over. What it reports of each test is in the ledger, a page
 * that both share.
 *
 * Descriptors. The control socket leads to the client, and a second one brings the client's grants
 * of wall time; no child keeps them. A child's descriptors 0 to 3 are memfds: stdin, stdout, stderr
 * and the report (streams.c). RLTF_FD_BATCH and RLTF_FD_CHANNEL are sockets, created or received
 * for one child.
 *
 * Waiting. The zygote polls, and nothing else blocks it (child_watch.c):
 *   - its signalfd: SIGCHLD, the CPU timer and the wall timer. The clock tells whether a timer is a
 *     late one of the test before.
 *   - the control socket, a pidfd of the client, and the socket of grants.
 *   - the batch socket of a PROGRAM_SHARED child.
 *   - the broker's listener, where a child waits to open a file or to start a thread (broker.c).
 *
 * Deaths. The client dies or closes: the pidfd or the socket tells (only the pidfd is right when a
 * fork of the client still has the socket); the zygote kills its child and exits. The zygote dies:
 * PR_SET_PDEATHSIG kills the child; the client sees the socket close, starts another zygote and
 * runs what was not answered again. The child dies: that is a result.
 */
#define _GNU_SOURCE
#include "folder.h"
#include "rltf.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

struct zygote zygote = {.client.fd = -1, .grants = -1, .signals = -1};

#define MAX_DELAY_NS 5000000ull /* that a result may wait for others */
#define PAUSE_MS 50
#define MAX_PAUSES 100

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

/* Moves a descriptor to a number that no child uses. */
static int move_away(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, RLTF_FD_FIRST_FREE + 4);
}

int rltf_prepare(int control, int grants)
{
    int pidfd = (int)syscall(SYS_pidfd_open, getppid(), 0);
    if (pidfd < 0)
        return fail("open a pidfd of the client (Linux 5.3 or newer is needed)");
    int client = move_away(control), parent = move_away(pidfd);
    zygote.grants = move_away(grants);
    if (client < 0 || parent < 0 || zygote.grants < 0)
        return fail("move the sockets");
    close(pidfd);
    if (wire_open(&zygote.client, client, parent) < 0)
        return -1;
    if (streams_prepare() < 0 || limits_prepare() < 0 || batch_prepare() < 0 ||
        broker_files_prepare() < 0)
        return -1;
    /* Hold the places of the two sockets, so that no descriptor that comes later sits there. */
    if (dup2(RLTF_FD_REPORT, RLTF_FD_BATCH) < 0 || dup2(RLTF_FD_REPORT, RLTF_FD_CHANNEL) < 0)
        return fail("hold the places of the sockets");
    oom_prepare();

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
    zygote.signals = move_away(signals);
    close(signals);
    if (wall_watch_start(zygote.timer_signal) < 0)
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

/* -1: error. */
static int send_result(struct finished_test *finished)
{
    struct wire_result *result = &finished->result;
    size_t lengths[3];
    if (streams_take(current_program(), &zygote.out, finished->from, finished->to, lengths) < 0)
        return -1;
    result->stdout_length = (uint32_t)lengths[0];
    result->stderr_length = (uint32_t)lengths[1];
    result->report_length = (uint32_t)lengths[2];
    struct wire_part parts[] = {{result, sizeof *result}, {zygote.out.data, zygote.out.length}};
    return wire_send(&zygote.client, WIRE_RESULT, parts, 2);
}

/* Results of fast tests travel together. No result waits long, and none while the zygote waits. */
static int flush_in_time(void)
{
    static uint64_t last;
    uint64_t now = now_ns();
    if (now - last < MAX_DELAY_NS)
        return 0;
    last = now;
    return wire_flush(&zygote.client);
}

/* Reports a fault for the first test of the batch. What failed goes to stderr, as in a child. */
static int report_fault(void)
{
    struct wire_result result = {
        .flags = RESULT_FAULT,
        .fault = (uint32_t)errno,
        .stderr_length = (uint32_t)strlen(failure),
    };
    struct wire_part parts[] = {{&result, sizeof result}, {failure, result.stderr_length}};
    batch_drop(1);
    child_close_channel(); /* it was for this test */
    return wire_send(&zygote.client, WIRE_RESULT, parts, 2) < 0 ? -1 : 1;
}

static int make_ready(int fresh)
{
    struct test_data first = batch_test();
    if (streams_begin(first.input, first.input_length, fresh) < 0)
        return -1;
    ledger_clear(fresh);
    return 0;
}

/* Forks a child. Waits for what the machine lacks for a moment (process slots, memory): a program
 * of the same user that has it will soon reach its own limits. */
static int make_child(void)
{
    for (int pauses = 0;; pauses++) {
        int forked = make_ready(1) < 0 ? -1 : child_fork();
        if (forked >= 0 || (errno != EAGAIN && errno != ENOMEM) || pauses == MAX_PAUSES)
            return forked;
        struct pollfd client = {.fd = zygote.client.watched, .events = POLLIN};
        if (wire_flush(&zygote.client) < 0 || poll(&client, 1, PAUSE_MS) != 0)
            return -1; /* gone: nobody waits */
    }
}

/* Begins a batch with the test in zygote.frame, and adds those that came with it where it may. */
static int take_tests(void)
{
    batch_begin(&zygote.frame);
    broker_forget_source();
    size_t length;
    int together = current_program()->flags & PROGRAM_TOGETHER;
    while (together && wire_has(&zygote.client, WIRE_TEST, &length) && batch_has_room(length)) {
        uint32_t type;
        if (wire_receive(&zygote.client, &type, &zygote.frame) <= 0 ||
            !wire_is_job(type, &zygote.frame, 1)) {
            errno = EPROTO;
            return fail("a malformed test on the control socket");
        }
        batch_add(&zygote.frame);
    }
    return 0;
}

/* Runs the tests of the batch in one child, as many as it lives for, and drops them from the batch.
 * 2: in the child; 1: done; 0: the client is gone; -1: error. */
static int run_tests(struct rltf_job *job)
{
    int fresh = child.pid == 0;
    if (fresh) {
        if (folder_empty() < 0)
            return -1; /* for another zygote */
        int forked = make_child();
        if (forked < 0)
            return report_fault();
        if (forked) {
            job_fill(job);
            return 2;
        }
    } else if (make_ready(0) < 0)
        return report_fault();
    if (watch_start(fresh) < 0) {
        child_end();
        return report_fault();
    }
    if (!fresh && !(current_program()->flags & PROGRAM_SERVER)) {
        child.handed_over = 0;
        child.handing_over = 1;
        child_hand_over();
    }
    struct finished_test finished[MOST_TOGETHER] = {0};
    uint32_t count = watch_batch(finished);
    if (count == 0)
        return 0;
    if (count == UNTAKEN)
        return 1;
    for (uint32_t i = 0; i < count; i++)
        if (send_result(&finished[i]) < 0)
            return -1;
    batch_drop(count);
    return flush_in_time() < 0 ? -1 : 1;
}

/* Empties the folder before a wait, so that an idle zygote holds no memory for it. */
static int tidy_up(void)
{
    if (!folder_is_used() || child.pid != 0 || wire_is_ahead(&zygote.client))
        return 0;
    return wire_flush(&zygote.client) < 0 ? -1 : folder_empty();
}

static void take_program(void)
{
    child_end();
    struct buffer old = zygote.program;
    zygote.program = zygote.frame;
    zygote.frame = old;
}

int rltf_serve(const char *layers, struct rltf_job *job)
{
    malloc_trim(0); /* free memory need not be copied at every fork */
    struct wire_part ready = {layers, strlen(layers)};
    if (wire_send(&zygote.client, WIRE_READY, &ready, 1) < 0)
        return -1;
    for (;;) {
        uint32_t type;
        if (tidy_up() < 0)
            return -1;
        int got = wire_receive(&zygote.client, &type, &zygote.frame);
        if (got <= 0) {
            child_end();
            return got;
        }
        if (type == WIRE_END) { /* no more tests, or it came too late for its test */
            if (wire_flush(&zygote.client) < 0)
                return -1;
            child_end(); /* takes a while, and the client can go on meanwhile */
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
        if (take_tests() < 0)
            return -1;
        while (batch.head.count > 0) {
            got = run_tests(job);
            if (got != 1)
                return got == 2 ? 1 : got;
        }
    }
}
