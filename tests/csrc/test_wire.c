/* test_wire.c - frames: whole or not at all, whoever is at the other end. */
#define _GNU_SOURCE
#include "rltf.h"

#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static int pair[2];
static struct wire sender, receiver;

static void make_pair(void)
{
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    CHECK(wire_open(&sender, pair[0], -1) == 0 && wire_open(&receiver, pair[1], -1) == 0);
}

static int send_now(uint32_t type, const struct wire_part *parts, size_t count)
{
    return wire_send(&sender, type, parts, count) < 0 ? -1 : wire_flush(&sender);
}

static size_t open_descriptors(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    CHECK(folder != NULL);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static int receive(struct buffer *into, uint32_t *type)
{
    int got = wire_receive(&receiver, type, into);
    CHECK(receiver.descriptor == -1);
    return got;
}

static void frames_come_back_as_they_were(void)
{
    static const size_t lengths[] = {0, 1, 7, 8, 4096, 100000};
    make_pair();
    struct buffer into = {0};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        size_t length = lengths[i];
        char *data = malloc(length + 1);
        for (size_t at = 0; at < length; at++)
            data[at] = (char)(at * 31 + i);
        /* in parts of odd sizes, one of them empty */
        struct wire_part parts[] = {{data, length / 3}, {NULL, 0}, {data + length / 3, length - length / 3}};
        CHECK(send_now(WIRE_TEST + (uint32_t)i, parts, 3) == 0);
        uint32_t type = 0;
        CHECK(receive(&into, &type) == 1);
        CHECK(type == WIRE_TEST + i && into.length == length);
        CHECK(length == 0 || memcmp(into.data, data, length) == 0);
        free(data);
    }
    buffer_free(&into);
}

static void a_frame_may_arrive_a_byte_at_a_time(void)
{
    make_pair();
    struct wire_header header = {.type = WIRE_TEST, .length = 5};
    char bytes[sizeof header + 5];
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, "hello", 5);
    pid_t pid = fork();
    if (pid == 0) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            CHECK(write(pair[0], bytes + i, 1) == 1);
            usleep(200);
        }
        _exit(0);
    }
    struct buffer into = {0};
    uint32_t type = 0;
    CHECK(receive(&into, &type) == 1);
    CHECK(type == WIRE_TEST && into.length == 5 && memcmp(into.data, "hello", 5) == 0);
    buffer_free(&into);
}

static void a_frame_larger_than_the_socket_holds_is_sent_whole(void)
{
    make_pair();
    size_t length = 8u << 20;
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[1]);
        char *data = malloc(length);
        memset(data, 'x', length);
        struct wire_part part = {data, length};
        CHECK(send_now(WIRE_TEST, &part, 1) == 0);
        _exit(0);
    }
    struct buffer into = {0};
    uint32_t type;
    CHECK(receive(&into, &type) == 1 && into.length == length);
    CHECK(into.data[0] == 'x' && into.data[length - 1] == 'x');
    buffer_free(&into);
}

static void a_length_that_nobody_holds_is_an_error(void)
{
    static const uint32_t lengths[] = {(1u << 30) + 1, 1u << 31, UINT32_MAX};
    struct buffer into = {0};
    uint32_t type;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        make_pair();
        struct wire_header header = {.type = WIRE_TEST, .length = lengths[i]};
        CHECK(write(pair[0], &header, sizeof header) == sizeof header);
        CHECK(receive(&into, &type) == -1 && errno == EMSGSIZE && into.data == NULL);
    }
    struct wire_part parts[] = {{"", UINT32_MAX}, {"", 1}};
    CHECK(send_now(WIRE_TEST, parts, 2) == -1 && errno == EMSGSIZE);
    struct wire_part many[7] = {{NULL, 0}};
    CHECK(send_now(WIRE_TEST, many, 7) == -1 && errno == EINVAL);
}

static void a_peer_that_closes_is_gone_at_any_byte(void)
{
    struct wire_header header = {.type = WIRE_TEST, .length = 5};
    char bytes[sizeof header + 5] = {0};
    memcpy(bytes, &header, sizeof header);
    struct buffer into = {0};
    uint32_t type;
    for (size_t sent = 0; sent < sizeof bytes; sent++) {
        make_pair();
        CHECK(write(pair[0], bytes, sent) == (ssize_t)sent);
        close(pair[0]);
        CHECK(receive(&into, &type) == 0);
        close(pair[1]);
    }
    make_pair();
    close(pair[1]);
    struct wire_part part = {"x", 1};
    CHECK(send_now(WIRE_TEST, &part, 1) == -1 && errno == EPIPE);
    buffer_free(&into);
}

static void a_watched_process_that_dies_is_a_peer_that_is_gone(void)
{
    make_pair();
    pid_t pid = fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    int watched = (int)syscall(SYS_pidfd_open, pid, 0);
    CHECK(watched >= 0);
    struct buffer into = {0};
    uint32_t type;
    receiver.watched = watched;
    /* what it said before it died is still heard */
    struct wire_part part = {"last", 4};
    CHECK(send_now(WIRE_TEST, &part, 1) == 0);
    CHECK(kill(pid, SIGKILL) == 0);
    struct pollfd dead = {.fd = watched, .events = POLLIN};
    CHECK(poll(&dead, 1, 10000) == 1);
    CHECK(wire_receive(&receiver, &type, &into) == 1 && into.length == 4);
    CHECK(wire_receive(&receiver, &type, &into) == 0);
    buffer_free(&into);
}

static void send_with_descriptors(const void *data, size_t length, const int *descriptors, size_t count)
{
    char control[CMSG_SPACE(8 * sizeof(int))] = {0};
    struct iovec part = {(void *)(uintptr_t)data, length};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(c), descriptors, count * sizeof(int));
    CHECK(sendmsg(pair[0], &message, 0) == (ssize_t)length);
}

static void a_descriptor_comes_along_and_replaces_the_one_before(void)
{
    make_pair();
    struct buffer into = {0};
    uint32_t type;
    struct wire_header header = {.type = WIRE_TEST, .length = 0};
    int source = open("/dev/null", O_RDONLY | O_CLOEXEC);
    size_t before = open_descriptors();
    for (int i = 0; i < 50; i++) {
        send_with_descriptors(&header, sizeof header, &source, 1);
        CHECK(wire_receive(&receiver, &type, &into) == 1);
        CHECK(receiver.descriptor >= 0 && fcntl(receiver.descriptor, F_GETFD) == FD_CLOEXEC);
    }
    CHECK(open_descriptors() == before + 1);
    buffer_free(&into);
}

static void descriptors_that_nobody_asked_for_are_not_kept(void)
{
    make_pair();
    struct buffer into = {0};
    uint32_t type;
    struct wire_header header = {.type = WIRE_TEST, .length = 0};
    int sources[8];
    for (int i = 0; i < 8; i++)
        sources[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    size_t before = open_descriptors();
    for (size_t count = 2; count <= 8; count++) {
        send_with_descriptors(&header, sizeof header, sources, count);
        CHECK(wire_receive(&receiver, &type, &into) == 1);
        CHECK(open_descriptors() == before + 1);
    }
    /* one that came with a frame that never ended is the caller's to close */
    send_with_descriptors(&header, 3, sources, 1);
    close(pair[0]);
    CHECK(wire_receive(&receiver, &type, &into) == 0);
    close(receiver.descriptor);
    CHECK(open_descriptors() == before - 1);
    buffer_free(&into);
}

static void only_whole_programs_and_tests_are_jobs(void)
{
    struct {
        struct wire_test head;
        char more[4];
    } test = {.head = {.stdin_length = 4}};
    struct buffer frame = {.data = (char *)&test, .length = sizeof test.head + 4};
    CHECK(wire_is_job(WIRE_TEST, &frame, 1));
    CHECK(!wire_is_job(WIRE_TEST, &frame, 0)); /* no program before it */
    frame.length--;
    CHECK(!wire_is_job(WIRE_TEST, &frame, 1)); /* less stdin than it says */
    test.head.stdin_length = UINT32_MAX;
    CHECK(!wire_is_job(WIRE_TEST, &frame, 1));
    frame.length = sizeof test.head - 1;
    CHECK(!wire_is_job(WIRE_TEST, &frame, 1));
    CHECK(!wire_is_job(WIRE_PROGRAM, &frame, 1));
    frame.length = sizeof(struct wire_program);
    CHECK(wire_is_job(WIRE_PROGRAM, &frame, 0));
    CHECK(!wire_is_job(WIRE_RESULT, &frame, 1) && !wire_is_job(77, &frame, 1));
}

/* A server without a jail: what it says of these bytes from its client. */
static void serve(const void *bytes, size_t length, int expected, int error)
{
    make_pair();
    pid_t pid = fork();
    if (pid == 0) {
        struct rltf_job job;
        close(pair[0]);
        __sanitizer_set_report_fd((void *)(intptr_t)dup(2)); /* the server takes stderr */
        int served = rltf_prepare(pair[1], pair[1]) < 0 ? -2 : rltf_serve("layers", &job);
        _exit(served == expected && (served == 0 || errno == error) ? 0 : 1);
    }
    close(pair[1]);
    CHECK(write(pair[0], bytes, length) == (ssize_t)length);
    CHECK(shutdown(pair[0], SHUT_WR) == 0);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    close(pair[0]);
}

static void a_server_survives_no_malformed_frame_and_does_no_work_for_it(void)
{
    struct {
        struct wire_header header;
        struct wire_test test;
    } test = {.header = {WIRE_TEST, sizeof test.test}};
    serve("", 0, 0, 0);
    serve(&test, sizeof test, -1, EPROTO); /* without a program */
    serve(&test, 11, 0, 0);                /* cut off */
    struct wire_header end = {WIRE_END, 0};
    serve(&end, sizeof end, 0, 0); /* crossed with a result: no fault */
    struct wire_header unknown = {99, 0};
    serve(&unknown, sizeof unknown, -1, EPROTO);
    struct wire_header endless = {WIRE_PROGRAM, UINT32_MAX};
    serve(&endless, sizeof endless, -1, EMSGSIZE);
    struct wire_header short_program = {WIRE_PROGRAM, 0};
    serve(&short_program, sizeof short_program, -1, EPROTO);
}

int main(void)
{
    static const struct test tests[] = {
        {"frames come back as they were", frames_come_back_as_they_were},
        {"a frame may arrive a byte at a time", a_frame_may_arrive_a_byte_at_a_time},
        {"a frame larger than the socket holds is sent whole",
         a_frame_larger_than_the_socket_holds_is_sent_whole},
        {"a length that nobody holds is an error", a_length_that_nobody_holds_is_an_error},
        {"a peer that closes is gone at any byte", a_peer_that_closes_is_gone_at_any_byte},
        {"a watched process that dies is a peer that is gone",
         a_watched_process_that_dies_is_a_peer_that_is_gone},
        {"a descriptor comes along and replaces the one before",
         a_descriptor_comes_along_and_replaces_the_one_before},
        {"descriptors that nobody asked for are not kept",
         descriptors_that_nobody_asked_for_are_not_kept},
        {"only whole programs and tests are jobs", only_whole_programs_and_tests_are_jobs},
        {"a server survives no malformed frame and does no work for it",
         a_server_survives_no_malformed_frame_and_does_no_work_for_it},
    };
    return run_tests("wire", tests, sizeof tests / sizeof *tests);
}
