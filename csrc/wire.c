/* wire.c - frames between the client and the zygote: a header, then its length of bytes.
 *
 * Both ends are ours, and a candidate never has this socket. Lengths are checked all the same,
 * since a frame that does not fit into memory must be an error and not a crash.
 */
#define _GNU_SOURCE
#include "rltf.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_FRAME (1u << 30)
#define MAX_PARTS 6
#define ROOM 65536u /* bytes that are read ahead, and bytes that are queued */

/* Buffers are mappings of their own, so that their content goes back to the kernel, and not into a
 * heap that programs inherit. */
int buffer_reserve(struct buffer *buffer, size_t length)
{
    if (buffer->capacity >= length)
        return 0;
    size_t size = (length + 65535) & ~(size_t)65535;
    void *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED)
        return fail("no memory for a frame");
    buffer_free(buffer);
    *buffer = (struct buffer){.data = data, .capacity = size};
    return 0;
}

int buffer_reserve_apart(struct buffer *buffer, size_t length)
{
    if (buffer->capacity >= length)
        return 0;
    if (buffer_reserve(buffer, length) < 0)
        return -1;
    if (madvise(buffer->data, buffer->capacity, MADV_DONTFORK) == 0)
        return 0;
    buffer_free(buffer);
    return fail("keep a buffer from forks");
}

void buffer_free(struct buffer *buffer)
{
    if (buffer->data != NULL)
        munmap(buffer->data, buffer->capacity);
    *buffer = (struct buffer){0};
}

int wire_open(struct wire *wire, int fd, int watched)
{
    char *room = mmap(NULL, 2 * ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED || madvise(room, 2 * ROOM, MADV_DONTFORK) < 0)
        return fail("no memory for frames");
    *wire = (struct wire){
        .fd = fd, .watched = watched, .descriptor = -1, .ahead = room, .queue = room + ROOM};
    return 0;
}

void wire_close(struct wire *wire)
{
    munmap(wire->ahead, 2 * ROOM);
    if (wire->descriptor >= 0)
        close(wire->descriptor);
    *wire = (struct wire){.fd = -1, .watched = -1, .descriptor = -1};
}

/* Waits until `fd` can be read. 0: the peer whose pidfd is `watched` is gone. */
static int wait_readable(int fd, int watched)
{
    struct pollfd polled[2] = {{.fd = fd, .events = POLLIN}, {.fd = watched, .events = POLLIN}};
    for (;;) {
        if (poll(polled, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            return fail("poll on the control socket");
        }
        if (polled[0].revents & POLLIN)
            return 1;
        if (polled[1].revents || (polled[0].revents & (POLLHUP | POLLERR | POLLNVAL)))
            return 0;
    }
}

/* Keeps the last descriptor of a message and closes every other, so that none is ever leaked. */
static void take_descriptors(struct msghdr *message, int *descriptor)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len; at += sizeof(int)) {
            if (*descriptor >= 0)
                close(*descriptor);
            memcpy(descriptor, (const char *)c + at, sizeof(int));
        }
    }
}

/* recv, with the descriptor that may come along. Returns what recvmsg returns. */
static ssize_t receive_some(int fd, void *data, size_t length, int *descriptor)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {.iov_base = data, .iov_len = length};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    ssize_t got;
    do {
        got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got > 0)
        take_descriptors(&message, descriptor);
    return got;
}

/* Waits for bytes and reads them to `data`. 1: *got of them; 0: the other side is gone. */
static int wait_and_read(struct wire *wire, void *data, size_t room, size_t *got)
{
    if (wire_flush(wire) < 0)
        return errno == EPIPE || errno == ECONNRESET ? 0 : -1;
    int ready = wait_readable(wire->fd, wire->watched);
    if (ready <= 0)
        return ready;
    ssize_t count = receive_some(wire->fd, data, room, &wire->descriptor);
    if (count == 0 || (count < 0 && errno == ECONNRESET))
        return 0;
    if (count < 0)
        return fail("receive on the control socket");
    *got = (size_t)count;
    return 1;
}

static int receive_exactly(struct wire *wire, void *data, size_t length)
{
    for (size_t done = 0; done < length;) {
        size_t got = wire->end - wire->start;
        if (got > 0) {
            if (got > length - done)
                got = length - done;
            memcpy((char *)data + done, wire->ahead + wire->start, got);
            wire->start += got;
        } else if (length - done >= ROOM) { /* straight to its place */
            int read = wait_and_read(wire, (char *)data + done, length - done, &got);
            if (read <= 0)
                return read;
        } else {
            wire->start = wire->end = 0;
            int read = wait_and_read(wire, wire->ahead, ROOM, &wire->end);
            if (read <= 0)
                return read;
        }
        done += got;
    }
    return 1;
}

int wire_receive(struct wire *wire, uint32_t *type, struct buffer *into)
{
    struct wire_header header;
    int got = receive_exactly(wire, &header, sizeof header);
    if (got <= 0)
        return got;
    if (header.length > MAX_FRAME) {
        errno = EMSGSIZE;
        return fail("a frame on the control socket is too long");
    }
    if (buffer_reserve(into, header.length) < 0)
        return -1;
    if (into->length > header.length) /* so that no program finds an older frame */
        memset(into->data + header.length, 0, into->length - header.length);
    into->length = header.length;
    *type = header.type;
    return receive_exactly(wire, into->data, header.length);
}

int wire_has(const struct wire *wire, uint32_t type, size_t *length)
{
    struct wire_header header;
    size_t ahead = wire->end - wire->start;
    if (ahead < sizeof header)
        return 0;
    memcpy(&header, wire->ahead + wire->start, sizeof header);
    *length = header.length;
    return header.type == type && ahead - sizeof header >= header.length;
}

int wire_is_job(uint32_t type, const struct buffer *frame, int has_program)
{
    if (type == WIRE_PROGRAM)
        return frame->length >= sizeof(struct wire_program);
    struct wire_test head;
    if (type != WIRE_TEST || !has_program || frame->length < sizeof head)
        return 0;
    memcpy(&head, frame->data, sizeof head);
    return head.stdin_length <= frame->length - sizeof head;
}

/* Moves `parts` on by `done` bytes; returns how many whole parts are finished. */
static size_t advance(struct iovec *parts, size_t count, size_t done)
{
    size_t finished = 0;
    while (finished < count && done >= parts[finished].iov_len)
        done -= parts[finished++].iov_len;
    if (finished < count) {
        parts[finished].iov_base = (char *)parts[finished].iov_base + done;
        parts[finished].iov_len -= done;
    }
    return finished;
}

static int send_all(int fd, struct iovec *left, size_t remaining)
{
    while (remaining > 0) {
        struct msghdr message = {.msg_iov = left, .msg_iovlen = remaining};
        ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return fail("send on the control socket");
        size_t finished = advance(left, remaining, (size_t)sent);
        left += finished;
        remaining -= finished;
    }
    return 0;
}

int wire_flush(struct wire *wire)
{
    struct iovec queued = {.iov_base = wire->queue, .iov_len = wire->queued};
    wire->queued = 0;
    return queued.iov_len ? send_all(wire->fd, &queued, 1) : 0;
}

int wire_send(struct wire *wire, uint32_t type, const struct wire_part *parts, size_t count)
{
    struct iovec pieces[MAX_PARTS + 1];
    size_t length = 0;
    if (count > MAX_PARTS) {
        errno = EINVAL;
        return fail("a frame has too many parts");
    }
    for (size_t i = 0; i < count; i++) {
        pieces[i + 1] = (struct iovec){.iov_base = (void *)(uintptr_t)parts[i].data,
                                       .iov_len = parts[i].length};
        length += parts[i].length;
    }
    if (length > MAX_FRAME) {
        errno = EMSGSIZE;
        return fail("a frame is too long");
    }
    struct wire_header header = {.type = type, .length = (uint32_t)length};
    pieces[0] = (struct iovec){.iov_base = &header, .iov_len = sizeof header};
    if (wire->queued + sizeof header + length > ROOM && wire_flush(wire) < 0)
        return -1;
    if (sizeof header + length > ROOM)
        return send_all(wire->fd, pieces, count + 1);
    for (size_t i = 0; i <= count; i++) {
        if (pieces[i].iov_len)
            memcpy(wire->queue + wire->queued, pieces[i].iov_base, pieces[i].iov_len);
        wire->queued += pieces[i].iov_len;
    }
    return 0;
}

int read_exactly(int fd, void *data, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t got = read(fd, (char *)data + done, length - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail("read");
        if (got == 0)
            return 0;
        done += (size_t)got;
    }
    return 1;
}

int write_exactly(int fd, const void *data, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t sent = write(fd, (const char *)data + done, length - done);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return fail("write");
        done += (size_t)sent;
    }
    return 0;
}
