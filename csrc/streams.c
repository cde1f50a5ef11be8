/* streams.c - stdin, stdout, stderr and the report of a child: four memfds, made once.
 *
 * A child inherits descriptors 0 to 3 as they are, without a single dup2. The zygote reads them
 * when the child is dead (or, with PROGRAM_SHARED, between two tests), and then empties them. So
 * there is no pipe to drain and no end of file to wait for, and RLIMIT_FSIZE bounds the output. The
 * next child can safely use the same memfds, since nobody else has them: a child cannot create
 * processes or pass descriptors, and seccomp lets it set no flag of an open file that would matter
 * to the next child.
 */
#define _GNU_SOURCE
#include "rltf.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define STDOUT_CUT 4096u /* bytes of stdout that travel when the client does not compare it */
#define STDERR_CUT 4096u

static const int outputs[3] = {1, 2, RLTF_FD_REPORT};

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

int streams_prepare(void)
{
    if (make_memfd("stdin", 0) < 0 || make_memfd("stdout", 1) < 0 || make_memfd("stderr", 2) < 0)
        return -1;
    return make_memfd("report", RLTF_FD_REPORT);
}

/* The size of each at the last look, and whether nobody can have changed it since. */
static off_t sizes[RLTF_FD_REPORT + 1];
static int settled;

static off_t look_at(int fd)
{
    return sizes[fd] = lseek(fd, 0, SEEK_END);
}

static int cut(int fd, size_t length)
{
    if (sizes[fd] < 0 || ((size_t)sizes[fd] > length && ftruncate(fd, (off_t)length) < 0) ||
        (sizes[fd] > 0 && lseek(fd, 0, SEEK_SET) < 0))
        return fail("empty a memfd");
    return 0;
}

int streams_begin(const char *input, size_t length, int fresh)
{
    if (fresh)
        for (int fd = 0; fd <= (settled ? 0 : RLTF_FD_REPORT); fd++)
            look_at(fd);
    settled = 0;
    for (int fd = 1; fd <= RLTF_FD_REPORT; fd++)
        if (cut(fd, 0) < 0)
            return -1;
    return streams_input(input, length);
}

int streams_input(const char *input, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t put = pwrite(0, input + done, length - done, (off_t)done);
        if (put <= 0)
            return fail("write a test's input");
        done += (size_t)put;
    }
    look_at(0); /* the program can write to stdin as well */
    return cut(0, length);
}

void streams_ends(int64_t ends[3])
{
    for (int i = 0; i < 3; i++)
        ends[i] = look_at(outputs[i]);
    settled = child.pid == 0;
}

static size_t length_of(int64_t from, int64_t to, size_t most)
{
    size_t length = to > from ? (size_t)(to - from) : 0;
    return length < most ? length : most;
}

int streams_take(const struct wire_program *limits, struct buffer *out, const int64_t from[3],
                 const int64_t to[3], size_t lengths[3])
{
    int whole = limits->flags & PROGRAM_FULL_STDOUT;
    lengths[0] = length_of(from[0], to[0], whole ? limits->output_bytes + 1 : STDOUT_CUT);
    whole = limits->flags & PROGRAM_FULL_STDERR;
    lengths[1] = length_of(from[1], to[1], whole ? limits->output_bytes + 1 : STDERR_CUT);
    lengths[2] = length_of(from[2], to[2], limits->output_bytes + 1);
    size_t total = lengths[0] + lengths[1] + lengths[2];
    if (buffer_reserve_apart(out, total) < 0) /* no later program inherits what this one wrote */
        return -1;
    total = 0;
    for (int i = 0; i < 3; i++) {
        /* a child that is alive may make it shorter meanwhile */
        ssize_t got = lengths[i] ? pread(outputs[i], out->data + total, lengths[i], from[i]) : 0;
        if (got < 0)
            return fail("read an output");
        lengths[i] = (size_t)got;
        total += lengths[i];
    }
    out->length = total;
    return 0;
}
