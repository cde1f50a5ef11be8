/* rltf.h - the fork server: one section a source file, everything else is static.
 *
 * Errors: every function that can fail returns -1 with errno set, and leaves what failed in
 * rltf_failure() when the errno alone would not say. A program's own fault never takes this way; it
 * comes back in a struct wire_result.
 */
#ifndef RLTF_H
#define RLTF_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Descriptors of a child. 0, 1 and 2 are what a program expects. */
enum {
    RLTF_FD_REPORT = 3,  /* memfd: what the child says of itself (values, exceptions) */
    RLTF_FD_TURN = 4,    /* socket to the zygote: the next test of the same program */
    RLTF_FD_CHANNEL = 5, /* socket between judge and candidate */
    RLTF_FD_FIRST_FREE = 6,
    RLTF_FDS_KEPT = 4, /* of a PROGRAM_SHARED child: its turn socket, and copies of 0 to 2 */
};

/*** wire.c: frames between the client and the zygote ***/

enum wire_type {
    WIRE_PROGRAM = 1, /* client -> zygote: struct wire_program, then the program blob */
    WIRE_TEST = 2,    /* client -> zygote: struct wire_test, then stdin, then the test blob; may carry
                         one descriptor, which becomes RLTF_FD_CHANNEL of the next fork */
    WIRE_END = 3,     /* client -> zygote: end the test that runs (a server candidate) */
    WIRE_RESULT = 4,  /* zygote -> client: struct wire_result, then stdout, stderr, report */
    WIRE_READY = 5,   /* zygote -> client: the jail is shut; text: the layers */
    WIRE_OVERDUE = 6, /* zygote -> client: struct wire_overdue; answered by a struct wire_grant, which
                         takes the socket of its own that leads back */
};

struct wire_header {
    uint32_t type;
    uint32_t length; /* of what follows */
};

enum program_flags {
    PROGRAM_SHARED = 1,    /* isolation "program": one fork for all tests */
    PROGRAM_SERVER = 2,    /* the child never ends a test itself: WIRE_END does */
    PROGRAM_FULL_STDOUT = 4, /* the client compares stdout: send all of it */
    PROGRAM_TOGETHER = 8, /* with PROGRAM_SHARED: the child may be given several tests at a time */
    /* for the child's Python side, see guest/both/harness_imports.py: whose harness the program is run like */
    PROGRAM_APPS = 16,
    PROGRAM_LIVECODEBENCH = 32,
};

#define TEST_IS_SOURCE UINT32_MAX

struct wire_program {
    uint64_t cpu_ns;
    uint64_t wall_ns;
    uint64_t memory_bytes;
    uint64_t output_bytes;
    uint32_t threads;
    uint32_t open_files;
    uint32_t flags;
    uint32_t source_length; /* the end of the blob: what the program reads as its own file; TEST_IS_SOURCE:
                               the test's blob is, after its seed */
};

#define TEST_SEED_LENGTH 16u /* a judge's test begins with the seed of its draws (inside/draws.py) */

struct wire_test {
    uint32_t stdin_length;
};

/* The wall limit of the test that runs has passed. */
struct wire_overdue {
    uint32_t test; /* counted by the zygote, to tell a grant that comes too late */
    int32_t pid;
    uint64_t began_ns; /* on CLOCK_MONOTONIC */
    uint64_t cpu_ns;   /* of this test */
};

/* More wall time for a program that waited for a core; 0: it slept, and is to be ended. */
struct wire_grant {
    uint32_t test;
    uint32_t unused;
    uint64_t wall_ns;
};

enum result_flags {
    RESULT_CPU_LIMIT = 1,  /* used more CPU time than it may */
    RESULT_WALL_LIMIT = 2, /* slept longer than it may */
    RESULT_FAULT = 4,      /* our own fault: `fault` holds an errno */
    RESULT_KILLED = 8,     /* the signal was ours */
    RESULT_ALIVE = 16,     /* the child goes on with the next test; exit_code is what it reported */
    RESULT_OUTPUT_LIMIT = 32, /* wrote more than it may */
};

struct wire_result {
    uint64_t cpu_ns;
    uint64_t wall_ns;
    uint64_t peak_kb; /* above what the child began with */
    uint32_t flags;
    int32_t exit_code; /* -1 when a signal ended it */
    int32_t signal;
    uint32_t fault;
    uint32_t stdout_length;
    uint32_t stderr_length;
    uint32_t report_length;
    uint32_t unused;
};

struct buffer {
    char *data;
    size_t length;
    size_t capacity;
};

/* Grows `buffer` to hold `length` bytes; the content is not kept. */
int buffer_reserve(struct buffer *buffer, size_t length);
int buffer_reserve_apart(struct buffer *buffer, size_t length); /* which no fork inherits */
void buffer_free(struct buffer *buffer);

/* One end of a stream of frames, which are read ahead and sent in company: a system call and a change
 * of process for many small ones. No child inherits what has been read ahead or is still to be sent. */
struct wire {
    int fd;
    int watched;    /* pidfd of the other side, which may die without closing; -1: none */
    int descriptor; /* the last that came along; whoever takes it writes -1 here */
    char *ahead;
    size_t start, end; /* of what has been read ahead */
    char *queue;
    size_t queued;
};

int wire_open(struct wire *wire, int fd, int watched);
void wire_close(struct wire *wire);

/* Reads one frame; 1: read, 0: the other side is gone, -1: error. Sends what is queued before it
 * waits. A descriptor that comes along replaces the one before, which is closed. */
int wire_receive(struct wire *wire, uint32_t *type, struct buffer *into);

/* Whether some of a frame has been read that wire_receive has not given out. */
static inline int wire_is_ahead(const struct wire *wire)
{
    return wire->start < wire->end;
}

/* Whether a whole frame of that type has been read ahead; *length is what follows its header. */
int wire_has(const struct wire *wire, uint32_t type, size_t *length);

/* Whether a frame is a program, or a test that may follow one, with all that its type says it has. */
int wire_is_job(uint32_t type, const struct buffer *frame, int has_program);

struct wire_part {
    const void *data;
    size_t length;
};

/* Queues a frame, or sends it where it is too large for that. */
int wire_send(struct wire *wire, uint32_t type, const struct wire_part *parts, size_t count);
int wire_flush(struct wire *wire);

/* Reads or writes exactly `length` bytes; read_exactly returns 0 at the end of the stream. */
int read_exactly(int fd, void *data, size_t length);
int write_exactly(int fd, const void *data, size_t length);

/*** limits.c: rlimits of a child, CPU timer from outside ***/

/* Applies a program's limits to the calling process. `base_bytes` is the address space that the
 * interpreter itself takes. */
int limits_apply(const struct wire_program *program, uint64_t base_bytes);

/* Applies to the zygote the limits that are the same for all its children. */
int limits_prepare(void);

/* Offers programs to the kernel's OOM killer first, and zygotes next. oom_fork(1) comes before each fork,
 * oom_fork(0) after it. */
void oom_prepare(void);
void oom_fork(int comes);

/* Bytes of address space of the calling process (needs /proc). */
uint64_t limits_address_space(void);

/* There is one timer of each kind; expiry queues `signal` with the value of its kind. */
enum timer { TIMER_CPU = 1, TIMER_WALL };
int cpu_watch_start(pid_t pid, int signal);
int cpu_watch_arm(uint64_t at_ns); /* absolute, on the process's own CPU clock */
uint64_t cpu_watch_now(void);
void cpu_watch_stop(void);
int wall_watch_start(int signal);
uint64_t own_cpu_ns(void); /* of the calling process */
uint64_t now_ns(void);     /* CLOCK_MONOTONIC */
int wall_watch_arm(uint64_t at_ns); /* absolute, on CLOCK_MONOTONIC */

/*** seccomp.c: the large filter of a zygote, the small one of a child ***/

/* Who decides on opening a file. */
enum opening {
    OPENING_BROKER,
    OPENING_KERNEL, /* Landlock stands behind the filter */
    OPENING_NEVER,
};

/* Returns the listener that the broker needs; RLTF_NO_LISTENER where it is not to listen. */
#define RLTF_NO_LISTENER 0
int seccomp_enter_zygote(enum opening opening, int listens);
int seccomp_enter_child(pid_t pid, uint64_t room); /* bytes of address space that it may have */

/*** files.c: which files a program may read ***/

enum tree_kind {
    TREE_CLOSED, /* nothing is opened or listed */
    TREE_CODE,   /* folders are listed; code and the metadata of packages is read */
    TREE_OPEN,   /* all is read */
};

struct rltf_tree {
    const char *path; /* absolute, without symbolic links; NULL ends an array */
    int kind;         /* enum tree_kind */
};

void files_start(const struct rltf_tree *trees);
enum tree_kind files_kind(const char *path);                /* that of the deepest tree around it */
int files_hold(const char *path, enum tree_kind kind);      /* whether such a tree lies below `path` */
int files_may_read(const char *path, mode_t mode);          /* of a path without symbolic links */
int files_is_sink(const struct stat *status);               /* whether writing to it leaves nothing */

/*** probe.c: what the kernel lets a broker do ***/

enum broker_right {
    BROKER_COUNTS = 1, /* threads: there is a listener */
    BROKER_OPENS = 2,  /* files: it can also read the path that a child asks for */
};

/* Returns enum broker_right. Comes before the filter, and when the zygote is as its children find it. */
int probe_broker(void);

/*** broker.c: calls that the zygote answers for its child ***/

int broker_prepare(void);
void broker_start(int listener);
void broker_forget_source(void); /* another program, or test, is to come */
int broker_descriptor(void); /* readable when a child waits; -1 without a listener */
int broker_begin(pid_t process, uint32_t most); /* a child that may have so many threads */
void broker_answer(uint32_t most);

/*** jail.c: what a zygote gives up, once ***/

enum layer {
    LAYER_NO_NEW_PRIVS = 1,
    LAYER_SECCOMP = 2,
    LAYER_RLIMITS = 4,
    LAYER_CAPABILITIES = 8,
    LAYER_LANDLOCK = 16,
    LAYER_BROKER = 32,
    LAYER_USER_NS = 64,
    LAYER_NET_NS = 128,
    LAYER_IPC_NS = 256,
};

/* Shuts the jail around the calling process. Of all files only those in `trees` stay readable. The
 * array must stay as it is. Returns the layers in force, or -1. */
int rltf_jail(const struct rltf_tree *trees);

/*** namespaces.c: what a zygote leaves behind, where it may ***/

/* Returns the layers in force, 0 where it may not, -1 when it failed halfway. */
int namespaces_enter(void);

/*** server.c: what a zygote is asked to do, one test after the other ***/

struct rltf_job {
    const char *program; /* the program blob */
    size_t program_length;
    const char *test; /* the test blob */
    size_t test_length;
    uint32_t flags; /* enum program_flags */
};

struct zygote {
    struct wire client; /* whose descriptor is for the next fork */
    int grants; /* from the client: struct wire_grant */
    int signals;
    int timer_signal;
    uint64_t address_space;
    struct shared_page {
        uint32_t released;
        long resident_kb; /* what the child began with */
    } *page; /* shared with the child until it says rltf_release() */
    struct buffer frame;
    struct buffer program; /* starts with a struct wire_program */
    struct buffer out;
};
extern struct zygote zygote;

static inline const struct wire_program *settings(void)
{
    return (const struct wire_program *)(const void *)zygote.program.data;
}

/* Makes the descriptors that children inherit. `control` leads to the client and back, `grants` brings
 * its grants. Call once, before the jail. */
int rltf_prepare(int control, int grants);

/* Serves jobs. Returns 1 in a forked child, with *job filled in; 0 in the zygote when the client is
 * gone; -1 on an error of the zygote. */
int rltf_serve(const char *layers, struct rltf_job *job);

/* What failed, for an error message; never NULL. */
const char *rltf_failure(void);
int fail(const char *what); /* sets it, returns -1, keeps errno */

/*** text.c: the interpreter's code in huge pages ***/

/* Moves it there, where the kernel has any. No other thread may run. */
void rltf_huge_text(void);

/*** streams.c: stdin, stdout, stderr and the report of a child ***/

int streams_prepare(void);

/* Empties all four, and puts a test's input in. `fresh`: another child may have left anything there. */
int streams_begin(const char *input, size_t length, int fresh);

/* Puts a test's input in, in the place of the one before. */
int streams_input(const char *input, size_t length);

/* How long stdout, stderr and the report are now. */
void streams_ends(int64_t ends[3]);

/* Reads what a child has left between two such looks into `out`; `lengths` are those of what is read. */
int streams_take(const struct wire_program *limits, struct buffer *out, const int64_t from[3],
                 const int64_t to[3], size_t lengths[3]);

/*** batch.c: the tests that a child is given together, and what it says of them ***/

#define MOST_TOGETHER 48u
#define EXIT_AGAIN 71 /* of a child that could not take its next test */
#define MOST_LEFT 4096 /* bytes that tests may leave in an output for the next of the batch to add to */

struct batch_head {
    uint32_t count;
    uint32_t lengths[MOST_TOGETHER]; /* of the tests, which lie one behind the other */
};

/* The same on both sides: a child inherits it, or reads it from its turn socket. */
struct batch {
    struct batch_head head;
    struct buffer tests; /* each a struct wire_test, stdin, and a blob */
    uint32_t at;         /* the test that runs, and where it lies */
    size_t offset;
};
extern struct batch batch;

struct test_data {
    const char *input;
    size_t input_length;
    const char *blob;
    size_t blob_length;
};

int batch_prepare(void);
void batch_begin(struct buffer *frame); /* with this test; takes the buffer and leaves another */
int batch_has_room(size_t length);
void batch_add(const struct buffer *frame);
void batch_drop(uint32_t count); /* the first ones, which have results */
struct test_data batch_test(void);    /* the one that runs */
int batch_next(void);            /* goes on to the next; 0: there is none */

/* What a PROGRAM_SHARED child says of itself at the end of a test. */
struct turn {
    uint64_t cpu_ns;     /* on its own clock */
    uint64_t wall_ns;    /* on CLOCK_MONOTONIC */
    int64_t resident_kb; /* at its highest; nothing rests on it */
    int64_t ends[3];     /* of stdout, stderr and the report */
    int32_t exit_code;
    int32_t unused;
};

void ledger_clear(int fresh);
void ledger_write(const struct turn *turn); /* of the test that runs */
uint32_t ledger_done(void);                 /* tests that have ended, at most those of the batch */
struct turn ledger_turn(uint32_t test);
void ledger_let_go(void); /* in a child that has one test alone */

/*** child.c: a child, from both sides ***/

struct child {
    pid_t pid; /* 0: none */
    int turn;  /* our end; -1 without */
    size_t handed_over; /* of the batch */
    int handing_over;
    int signalled; /* SIGCHLD has come since the last look */
};
extern struct child child;

/* 1: in the child, jailed and limited. 0: in the zygote; child.pid is set. -1: error. */
int child_fork(void);
void child_end(void);    /* kills it and waits for it */
void child_forget(void); /* it has been waited for */
void child_close_channel(void); /* our copy, which was for one child */

/* Hands a PROGRAM_SHARED child as much of the batch as it takes now. */
void child_hand_over(void);

void job_fill(struct rltf_job *job);

/* In a child: all from here on is the program's doing (before: ours). */
void rltf_release(void);

/* In a child of a PROGRAM_SHARED job: reports the test's end and waits for the next one. 1: go on
 * with job->test; 0: no more. */
int rltf_next_test(int exit_code, struct rltf_job *job);

/*** watch.c: waiting for the end of a test ***/

/* Starts the clocks of a batch. A fresh child's CPU clock counts from its fork. */
int watch_start(int fresh);

/* How a test of a batch ended: all of a result but the lengths, and where its outputs lie. */
struct ended {
    struct wire_result result;
    int64_t from[3], to[3];
};

/* Waits until the tests of the batch have ended, or the child; how many have: 0 when the client is gone,
 * UNTAKEN when the child could not take its next test, which is for another child then. */
#define UNTAKEN UINT32_MAX
uint32_t watch_batch(struct ended ended[MOST_TOGETHER]);

#endif
