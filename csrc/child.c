/* child.c - a child, from both sides: how it is made and ended, and what it does before and between
 * the program's tests.
 *
 * Whose fault. Until the child calls rltf_release(), anything that goes wrong is our fault
 * (RESULT_FAULT). The call sets a flag in a shared page and unmaps the page at once, so that no
 * program can reset it. Before the call, the child writes what went wrong to stderr, which no
 * program has seen at that time.
 */
#define _GNU_SOURCE
#include "folder.h"
#include "rltf.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

struct child child = {.batch_socket = -1};

/*** The child's side ***/

/* Copies of stdin, stdout and stderr, in case the program closes them before its next test. */
#define STANDARD 3
static int standard[STANDARD];

/* Which socket the zygote sends the next tests through. The program may put another in its place. */
static struct stat batch_end;

void (*child_at_test_end)(void);

static int is_batch_socket(void)
{
    struct stat status;
    return fstat(RLTF_FD_BATCH, &status) == 0 && status.st_ino == batch_end.st_ino &&
           status.st_dev == batch_end.st_dev;
}

static int close_the_rest(int batch_socket)
{
    if (zygote.client.descriptor >= 0 && dup2(zygote.client.descriptor, RLTF_FD_CHANNEL) < 0)
        return fail("place the channel");
    if (batch_socket >= 0 && dup2(batch_socket, RLTF_FD_BATCH) < 0)
        return fail("place the batch socket");
    if (batch_socket < 0 && zygote.client.descriptor >= 0)
        close(RLTF_FD_BATCH);
    if (batch_socket >= 0 && zygote.client.descriptor < 0)
        close(RLTF_FD_CHANNEL);
    int has_sockets = batch_socket >= 0 || zygote.client.descriptor >= 0;
    unsigned first = has_sockets ? RLTF_FD_FIRST_FREE : RLTF_FD_BATCH;
    if (syscall(SYS_close_range, first, ~0u, 0) < 0)
        return fail("close the zygote's descriptors");
    for (int fd = 0; batch_socket >= 0 && fd < STANDARD; fd++) {
        standard[fd] = fcntl(fd, F_DUPFD_CLOEXEC, RLTF_FD_FIRST_FREE);
        if (standard[fd] < 0)
            return fail("keep the standard descriptors");
    }
    return 0;
}

static int enter_child(pid_t parent, int batch_socket)
{
    struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t none;
    sigemptyset(&none);
    /* CPython ignores SIGXFSZ. Here it must end a program that writes too much. */
    if (sigaction(SIGXFSZ, &by_default, NULL) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
        return fail("reset signals");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        return fail("tie the child to the zygote");
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
        return fail("let the broker read the child's paths");
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) < 0)
        return fail("measure the child");
    zygote.page->resident_kb = usage.ru_maxrss;
    if (getppid() != parent) {
        errno = ESRCH;
        return fail("the zygote is gone");
    }
    uint64_t payload = zygote.program.capacity + zygote.frame.capacity + batch.tests.capacity;
    uint64_t base = zygote.address_space + payload;
    if (close_the_rest(batch_socket) < 0 || limits_apply(current_program(), base) < 0)
        return -1;
    if (batch_socket >= 0 && fstat(RLTF_FD_BATCH, &batch_end) < 0)
        return fail("tell the batch socket");
    return seccomp_enter_child(getpid(), base + current_program()->memory_bytes);
}

static void give_up(void)
{
    int error = errno;
    const char *what = rltf_failure();
    ssize_t put = write(STDERR_FILENO, what, strlen(what)); /* only once: its limit may be small */
    (void)put;
    _exit(error ? error : 1); /* without rltf_release(), so the zygote knows that it is our fault */
}

void job_fill(struct rltf_job *job)
{
    struct test_data test = batch_test();
    *job = (struct rltf_job){
        .program = zygote.program.data + sizeof(struct wire_program),
        .program_length = zygote.program.length - sizeof(struct wire_program),
        .test = test.blob,
        .test_length = test.blob_length,
        .flags = current_program()->flags,
    };
}

void rltf_release(void)
{
    zygote.page->released = 1;
    munmap(zygote.page, sizeof *zygote.page);
    if (!(current_program()->flags & PROGRAM_SHARED))
        ledger_let_go();
}

/* How long a child goes on without a report: a client that hears nothing gives its zygote up. */
#define MAX_SILENCE_NS 100000000ull
static uint64_t silent_since;

/* Writes to the ledger how the running test ended. 1: the next test of the batch may follow; 0: the
 * zygote must hear first; -1: error. */
static int record_test_end(int exit_code)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) < 0)
        return -1;
    struct test_end end = {
        .cpu_ns = own_cpu_ns(),
        .wall_ns = now_ns(),
        .resident_kb = usage.ru_maxrss,
        .exit_code = exit_code,
    };
    streams_ends(end.ends);
    if (end.ends[0] < 0 || end.ends[1] < 0 || end.ends[2] < 0)
        return -1;
    ledger_write(&end);
    for (int i = 0; i < 3; i++)
        if (end.ends[i] > MOST_LEFT)
            return 0;
    return end.wall_ns - silent_since < MAX_SILENCE_NS;
}

/* Tells the zygote how much of the batch is done, and waits for the next batch. 0: there is none;
 * -1: error. */
static int take_batch(void)
{
    uint32_t over = batch.at + 1;
    if (write_exactly(RLTF_FD_BATCH, &over, sizeof over) < 0)
        return -1;
    int got = read_exactly(RLTF_FD_BATCH, &batch.head, sizeof batch.head);
    if (got <= 0)
        return got;
    size_t length = 0;
    for (uint32_t i = 0; i < batch.head.count && i < MOST_TOGETHER; i++)
        length += batch.head.lengths[i];
    batch.at = 0;
    batch.offset = 0;
    silent_since = now_ns();
    if (buffer_reserve(&batch.tests, length) < 0)
        return -1;
    return read_exactly(RLTF_FD_BATCH, batch.tests.data, length);
}

int rltf_next_test(int exit_code, struct rltf_job *job)
{
    for (int fd = 0; fd < STANDARD; fd++)
        if (dup2(standard[fd], fd) < 0)
            return 0; /* the program has closed the copies too: the test ends with the process */
    if (child_at_test_end && is_batch_socket())
        child_at_test_end();
    int more = record_test_end(exit_code);
    if (more < 0)
        return 0;
    more = more && batch_next();
    int taken = more ? 1 : take_batch();
    if (taken == 0)
        return 0;
    struct test_data test = batch_test();
    if (taken < 0 || (more && streams_input(test.input, test.input_length) < 0))
        _exit(EXIT_AGAIN);
    job_fill(job);
    return 1;
}

/*** The zygote's side ***/

void child_forget(void)
{
    cpu_watch_stop();
    if (child.batch_socket >= 0)
        close(child.batch_socket);
    child.batch_socket = -1;
    child.handing_over = 0;
    child.pid = 0;
}

void child_end(void)
{
    if (child.pid == 0)
        return;
    kill(child.pid, SIGKILL);
    while (waitpid(child.pid, NULL, 0) < 0 && errno == EINTR)
        ;
    child_forget();
}

void child_close_channel(void)
{
    if (zygote.client.descriptor >= 0)
        close(zygote.client.descriptor);
    zygote.client.descriptor = -1;
}

int child_fork(void)
{
    int sockets[2] = {-1, -1};
    if ((current_program()->flags & PROGRAM_SHARED) &&
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
        return fail("make a batch socket");
    *zygote.page = (struct shared_page){0};
    pid_t parent = getpid();
    oom_fork(1);
    pid_t pid = fork();
    if (pid == 0) {
        if (enter_child(parent, sockets[1]) < 0)
            give_up();
        silent_since = now_ns();
        return 1;
    }
    int error = errno;
    oom_fork(0);
    if (sockets[1] >= 0)
        close(sockets[1]);
    if (pid < 0) {
        if (sockets[0] >= 0)
            close(sockets[0]);
        errno = error;
        return fail("fork");
    }
    folder_used();
    child.pid = pid;
    child.batch_socket = sockets[0];
    child.signalled = 0;
    /* ESRCH: the child has died already; waiting for it tells how. */
    if (broker_threads_begin(pid, current_program()->threads) < 0 ||
        (cpu_watch_start(pid, zygote.timer_signal) < 0 && errno != ESRCH)) {
        error = errno;
        child_end();
        errno = error;
        return -1;
    }
    child_close_channel();
    return 0;
}

#define PARTS 3

/* If the child does not read, its limits will end it. */
void child_hand_over(void)
{
    /* without the input of the first test, which is in place already and may be large */
    struct test_data first = batch_test();
    struct batch_head head = batch.head;
    struct wire_test no_input = {0};
    head.lengths[0] -= (uint32_t)first.input_length;
    size_t rest = batch.tests.length - sizeof no_input - first.input_length;
    size_t size = sizeof head + sizeof no_input + rest;
    struct iovec parts[] = {{&head, sizeof head},
                            {&no_input, sizeof no_input},
                            {(void *)(uintptr_t)first.blob, rest}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = PARTS};
    size_t skipped = child.handed_over;
    for (int i = 0; i < PARTS; i++) {
        size_t part = skipped < parts[i].iov_len ? skipped : parts[i].iov_len;
        parts[i].iov_base = (char *)parts[i].iov_base + part;
        parts[i].iov_len -= part;
        skipped -= part;
    }
    ssize_t sent = sendmsg(child.batch_socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
        child.handed_over += (size_t)sent;
    if (child.handed_over == size || (sent < 0 && errno != EAGAIN))
        child.handing_over = 0;
}
