/* rltf.h - what the source files of the fork server offer each other, one section a file.
 *
 * protocol.h holds what other processes rely on as well, and python_api.h the functions for Python.
 *
 * Errors: every function that can fail returns -1 and sets errno. It also leaves a description in
 * rltf_failure() when the errno alone would not tell what failed. A fault of the program is not an
 * error here; it is reported in a struct wire_result.
 */
#ifndef RLTF_H
#define RLTF_H

#include "python_api.h"
#include "protocol.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof *(array))

/*** wire.c: frames between the client and the zygote ***/

struct buffer {
    char *data;
    size_t length;
    size_t capacity;
};

/* Grows `buffer` to hold `length` bytes. The content is lost. */
int buffer_reserve(struct buffer *buffer, size_t length);

/* The same, but no fork inherits the memory. */
int buffer_reserve_apart(struct buffer *buffer, size_t length);
void buffer_free(struct buffer *buffer);

/* One end of a stream of frames. Frames are read ahead and queued, so that many small ones take one
 * system call and one context switch. No child inherits what was read ahead or is still queued. */
struct wire {
    int fd;
    int watched;    /* pidfd of the other side, which may die without closing; -1: none */
    int descriptor; /* the last one received, or -1; whoever takes it writes -1 here */
    char *ahead;
    size_t start, end; /* the part of `ahead` that wire_receive() has not returned yet */
    char *queue;
    size_t queued;
};

int wire_open(struct wire *wire, int fd, int watched);
void wire_close(struct wire *wire);

/* Reads one frame. Returns 1 when it did, 0 when the other side is gone, -1 on an error. Sends the
 * queue before it waits. A descriptor that comes along replaces the previous one, which is
 * closed. */
int wire_receive(struct wire *wire, uint32_t *type, struct buffer *into);

/* Whether bytes were read ahead that wire_receive() has not returned yet. */
static inline int wire_is_ahead(const struct wire *wire)
{
    return wire->start < wire->end;
}

/* Whether a whole frame of `type` was read ahead. *length is what follows its header. */
int wire_has(const struct wire *wire, uint32_t type, size_t *length);

/* Whether a frame is a program, or a test that may follow one, and is as long as it must be. */
int wire_is_job(uint32_t type, const struct buffer *frame, int has_program);

struct wire_part {
    const void *data;
    size_t length;
};

/* Queues a frame, or sends it at once if it is too large for the queue. */
int wire_send(struct wire *wire, uint32_t type, const struct wire_part *parts, size_t count);
int wire_flush(struct wire *wire);

/* Reads or writes exactly `length` bytes. read_exactly() returns 0 at the end of the stream. */
int read_exactly(int fd, void *data, size_t length);
int write_exactly(int fd, const void *data, size_t length);

/*** limits.c: the rlimits of a child, and timers that watch it from outside ***/

/* Descriptors that a PROGRAM_SHARED child keeps for itself: the batch socket, and copies of 0 to
 * 2. */
#define RLTF_FDS_KEPT 4

/* Applies a program's limits to the calling process. `base_bytes` is the address space that the
 * interpreter itself takes. */
int limits_apply(const struct wire_program *program, uint64_t base_bytes);

/* Applies to the zygote the limits that are the same for all its children. */
int limits_prepare(void);

/* Make the kernel's OOM killer prefer programs, then zygotes, to anything else. Call oom_fork(1)
 * before each fork and oom_fork(0) after it. */
void oom_prepare(void);
void oom_fork(int comes);

/* Bytes of address space of the calling process (needs /proc). */
uint64_t limits_address_space(void);

/* There is one timer of each kind. When it expires, it queues `signal` with its kind as value. */
enum timer { TIMER_CPU = 1, TIMER_WALL };
int cpu_watch_start(pid_t pid, int signal);
int cpu_watch_arm(uint64_t at_ns); /* absolute, on the CPU clock of the watched process */
uint64_t cpu_watch_now(void);
void cpu_watch_stop(void);
int wall_watch_start(int signal);
int wall_watch_arm(uint64_t at_ns); /* absolute, on CLOCK_MONOTONIC */
uint64_t own_cpu_ns(void);          /* of the calling process */
uint64_t now_ns(void);              /* CLOCK_MONOTONIC */

struct rusage;
uint64_t cpu_ns_of(const struct rusage *usage);

/*** install_filters.c: installs the filters of filter_zygote.c and filter_child.c (filter.h) ***/

/* Who decides whether a file may be opened. */
enum opening {
    OPENING_BROKER,
    OPENING_KERNEL, /* Landlock, behind the filter */
    OPENING_NEVER,
};

/* Returns the listener that the broker needs, or RLTF_NO_LISTENER when `listens` is 0. */
#define RLTF_NO_LISTENER 0
/* `has_folder`: children may change files, which only their folder lets them. */
int seccomp_enter_zygote(enum opening opening, int listens, int has_folder);

/* `room`: bytes of address space that the child may have. */
int seccomp_enter_child(pid_t pid, uint64_t room);

/*** files.c: which files a program may read ***/

void files_start(const struct rltf_tree *trees);

/* The kind of the deepest tree that contains `path`. */
enum tree_kind files_kind(const char *path);

/* Whether a tree of that kind lies below `path`. */
int files_hold(const char *path, enum tree_kind kind);

/* Whether a program may read `path`, which holds no symbolic links. */
int files_may_read(const char *path, mode_t mode);

/* Whether what is written to the file is lost, as in /dev/null. */
int files_is_sink(const struct stat *status);

/*** probe.c: what the kernel lets a broker do ***/

enum broker_right {
    BROKER_COUNTS = 1, /* it can count threads: there is a listener */
    BROKER_OPENS = 2,  /* it can open files: it can read the path that a child passes */
};

/* Returns a set of enum broker_right. Call before the filter is installed, when the zygote is as
 * its children will find it. */
int probe_broker(void);

/* Forks a process that only tries something out. A neighbour of the same user may have all processes
 * or the memory for a while, so it tries again for some seconds. */
pid_t fork_patiently(void);

/*** broker.c: system calls that the zygote answers for its child ***/

void broker_start(int listener);
int broker_descriptor(void); /* readable when a child waits; -1 without a listener */
void broker_answer(uint32_t most_threads);

/* Answers one call. `error`: an errno, or 0 to let the kernel do the call. Returns whether the
 * caller was still there. */
int broker_reply(uint64_t id, int error);

/*** broker_files.c: opening files for a child ***/

struct seccomp_notif;

int broker_files_prepare(void);
void broker_forget_source(void); /* call before the next program or test */

/* Answers an open. `folder` is the descriptor that a relative path starts from, or AT_FDCWD. */
void broker_open(const struct seccomp_notif *call, uint64_t path_address, int flags, mode_t mode,
                 int folder);

/*** broker_threads.c: counting the threads of a child ***/

int broker_threads_begin(pid_t process, uint32_t most); /* for a new child */
void broker_thread_starts(uint64_t call_id, uint32_t most);
void broker_thread_ends(uint64_t call_id, pid_t thread);

/*** namespaces.c: what a zygote leaves behind, where it may ***/

/* Returns the layers in force, 0 where namespaces are not allowed, -1 when it cannot be tried or
 * failed halfway. With `folder`, LAYER_FILES says that it is mounted. */
int namespaces_enter(const struct rltf_folder *folder);

/*** server.c: the jobs of a zygote, one test after another ***/

struct zygote {
    struct wire client; /* its descriptor is for the next fork */
    int grants;         /* socket that brings a struct wire_grant from the client */
    int signals;
    int timer_signal;
    uint64_t address_space;
    struct shared_page {
        uint32_t released;
        long resident_kb; /* what the child started with */
    } *page; /* shared with the child until it calls rltf_release() */
    struct buffer frame;
    struct buffer program; /* starts with a struct wire_program */
    struct buffer out;
};
extern struct zygote zygote;

/* The limits and flags of the program that the tests are for. */
static inline const struct wire_program *current_program(void)
{
    return (const struct wire_program *)(const void *)zygote.program.data;
}

/* Sets what rltf_failure() says. Returns -1 and keeps errno. */
int fail(const char *what);

/*** streams.c: stdin, stdout, stderr and the report of a child ***/

int streams_prepare(void);

/* Empties all four, and puts a test's input in. `fresh`: another child may have changed them. */
int streams_begin(const char *input, size_t length, int fresh);

/* Replaces the input of the previous test. */
int streams_input(const char *input, size_t length);

/* Measures the lengths of stdout, stderr and the report. */
void streams_ends(int64_t ends[3]);

/* Reads into `out` what a child wrote between two such measurements. `lengths` says how much of
 * each stream was read. */
int streams_take(const struct wire_program *limits, struct buffer *out, const int64_t from[3],
                 const int64_t to[3], size_t lengths[3]);

/*** child_batch.c: the tests that a child is given together, and how the child says they ended ***/

#define MOST_LEFT 4096 /* bytes in an output stream up to which the next test may still be added */

struct batch_head {
    uint32_t count;
    uint32_t lengths[MOST_TOGETHER]; /* of the tests, which lie one behind the other */
};

/* The same in the zygote and in the child, which inherits it or reads it from its batch socket. */
struct batch {
    struct batch_head head;
    struct buffer tests; /* for each test a struct wire_test, stdin, and a blob */
    uint32_t at;         /* the running test */
    size_t offset;       /* where it starts in `tests` */
};
extern struct batch batch;

struct test_data {
    const char *input;
    size_t input_length;
    const char *blob;
    size_t blob_length;
};

int batch_prepare(void);
void batch_begin(struct buffer *frame); /* takes the buffer, with a first test; leaves another */
int batch_has_room(size_t length);
void batch_add(const struct buffer *frame);
void batch_drop(uint32_t count);   /* removes the first tests, which have results */
struct test_data batch_test(void); /* the running test */
int batch_next(void);              /* goes on to the next test; 0: there is none */

/* What a PROGRAM_SHARED child says about itself at the end of a test. */
struct test_end {
    uint64_t cpu_ns;     /* on its own clock */
    uint64_t wall_ns;    /* on CLOCK_MONOTONIC */
    int64_t resident_kb; /* its peak; no verdict rests on it */
    int64_t ends[3];     /* lengths of stdout, stderr and the report */
    int32_t exit_code;
    int32_t unused;
};

void ledger_clear(int fresh);
void ledger_write(const struct test_end *end); /* for the running test */
uint32_t ledger_done(void);                    /* tests of the batch that have ended */
struct test_end ledger_read(uint32_t test);
void ledger_let_go(void); /* in a child that has only one test */

/*** child.c: a child, from both sides ***/

struct child {
    pid_t pid;          /* 0: none */
    int batch_socket;   /* our end; -1: none */
    size_t handed_over; /* bytes of the batch */
    int handing_over;
    int signalled; /* SIGCHLD has come since the last look */
};
extern struct child child;

/* Returns 1 in the child, which is jailed and limited then; 0 in the zygote, with child.pid set; -1
 * on an error. */
int child_fork(void);
void child_end(void);           /* kills it and waits for it */
void child_forget(void);        /* call when it has been waited for */
/* In a child that can trust its batch socket: called at the end of each test, or NULL. No code of the
 * program runs from there to its next test. */
extern void (*child_at_test_end)(void);
void child_close_channel(void); /* closes our copy, which was for one child */

/* Sends a PROGRAM_SHARED child as much of the batch as its socket takes now. */
void child_hand_over(void);

/* Fills in *job for the running test. */
void job_fill(struct rltf_job *job);

/*** child_watch.c: waiting for the end of a test ***/

/* Starts the clocks of a batch. The CPU clock of a fresh child counts from its fork. */
int watch_start(int fresh);

/*** results.c: the results of the tests of a batch ***/

/* How a test of a batch ended: its result without the lengths, and where its outputs lie. */
struct finished_test {
    struct wire_result result;
    int64_t from[3], to[3];
};

/* Waits until the tests of the batch, or the child, have ended. Returns how many tests have: 0 when
 * the client is gone, UNTAKEN when the child could not take its next test and another child
 * must. */
#define UNTAKEN UINT32_MAX
uint32_t watch_batch(struct finished_test finished[MOST_TOGETHER]);

#endif
