/* fuzz_wire.c - the wire decoder against damaged streams.
 *
 *     fuzz_wire SECONDS [SEED]
 *
 * Streams of good frames are cut, flipped, swapped, overwritten and glued, and read to their end. The
 * sanitizers watch the memory; what is checked here is that a decoder that says "a job" holds all of
 * it, and that a stream ends. The same seed makes the same inputs.
 */
#define _GNU_SOURCE
#include "rltf.h"

#include "check.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <time.h>

#define LONGEST 2048

/* A length may name a gigabyte; here that is memory that the machine does not have. */
const char *__asan_default_options(void)
{
    return "max_allocation_size_mb=16:allocator_may_return_null=1:quarantine_size_mb=1";
}

static uint64_t state;

/* xorshift64* */
static uint32_t draw(uint32_t below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 2685821657736338717ull) >> 33) % below;
}

static size_t put_frame(char *at, size_t room)
{
    static const uint32_t types[] = {WIRE_PROGRAM, WIRE_TEST, WIRE_END, WIRE_RESULT, WIRE_READY, WIRE_OVERDUE};
    struct wire_header header = {.type = types[draw(6)], .length = draw(160)};
    if (header.type == WIRE_PROGRAM)
        header.length += (uint32_t)sizeof(struct wire_program);
    if (room < sizeof header + header.length)
        return 0;
    memcpy(at, &header, sizeof header);
    for (uint32_t i = 0; i < header.length; i++)
        at[sizeof header + i] = (char)draw(256);
    if (header.type == WIRE_TEST && header.length >= sizeof(struct wire_test)) {
        struct wire_test test = {.stdin_length = draw(header.length + 4)};
        memcpy(at + sizeof header, &test, sizeof test);
    }
    return sizeof header + header.length;
}

static size_t make_stream(char *bytes)
{
    size_t length = 0;
    for (uint32_t frames = 1 + draw(5); frames > 0; frames--)
        length += put_frame(bytes + length, LONGEST - length);
    return length;
}

static size_t damage(char *bytes, size_t length)
{
    static const uint32_t edges[] = {0, 1, 0x7f, 0xff, 1u << 30, (1u << 30) + 1, 1u << 31, UINT32_MAX};
    if (length < 8)
        return length;
    size_t at = draw((uint32_t)length), other = draw((uint32_t)length);
    switch (draw(6)) {
    case 0:
        bytes[at] ^= (char)(1 << draw(8));
        return length;
    case 1:
        bytes[at] = (char)draw(256);
        return length;
    case 2:
        memcpy(bytes + draw((uint32_t)(length - 4)), &edges[draw(8)], sizeof(uint32_t));
        return length;
    case 3:
        return at;
    case 4:
        memmove(bytes + at, bytes + other, length - (at > other ? at : other));
        return length;
    default: {
        size_t more = LONGEST - length < length - at ? LONGEST - length : length - at;
        memmove(bytes + length, bytes + at, more);
        return length + more;
    }
    }
}

/* What a server would touch of a job: every byte of what its lengths name. */
static unsigned touch(uint32_t type, const struct buffer *frame)
{
    struct wire_test head = {0};
    size_t from = sizeof(struct wire_program);
    if (type == WIRE_TEST) {
        memcpy(&head, frame->data, sizeof head);
        from = sizeof head + head.stdin_length;
    }
    CHECK(from <= frame->length);
    unsigned sum = 0;
    for (size_t i = 0; i < frame->length; i++)
        sum += (unsigned char)frame->data[i];
    return sum;
}

static void decode(const char *bytes, size_t length)
{
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    CHECK(length == 0 || write(pair[0], bytes, length) == (ssize_t)length);
    close(pair[0]);
    struct buffer frame = {0};
    struct wire wire;
    CHECK(wire_open(&wire, pair[1], -1) == 0);
    int got, has_program = 0;
    uint32_t type = 0;
    volatile unsigned sum = 0;
    for (size_t frames = 0;; frames++) {
        CHECK(frames <= length / sizeof(struct wire_header)); /* each takes its header away */
        got = wire_receive(&wire, &type, &frame);
        if (got <= 0)
            break;
        CHECK(frame.length <= length);
        if (!wire_is_job(type, &frame, has_program))
            continue;
        has_program |= type == WIRE_PROGRAM;
        sum += touch(type, &frame);
    }
    CHECK(got == 0 || errno == EMSGSIZE || errno == ENOMEM);
    CHECK(wire.descriptor == -1);
    buffer_free(&frame);
    wire_close(&wire);
    close(pair[1]);
}

int main(int argc, char **argv)
{
    char bytes[LONGEST];
    double seconds = argc > 1 ? atof(argv[1]) : 1.0;
    state = argc > 2 ? strtoull(argv[2], NULL, 0) : 0x5eed;
    CHECK(state != 0); /* from which xorshift never comes away */
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    unsigned long inputs = 0;
    do {
        size_t length = make_stream(bytes);
        for (uint32_t times = draw(4); times > 0; times--)
            length = damage(bytes, length);
        decode(bytes, length);
        inputs++;
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((double)(now.tv_sec - start.tv_sec) + 1e-9 * (double)(now.tv_nsec - start.tv_nsec) < seconds);
    printf("fuzz_wire: %lu inputs, no fault\n", inputs);
    return 0;
}
