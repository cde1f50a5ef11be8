/* protocol.h - the numbers and layouts that more than one process relies on.
 *
 * Three parties share them: the client (rltf/sandbox/client, Python), the zygote (csrc, C) and the
 * child (rltf/sandbox/guest, Python). The build hands this file to cffi (rltf/sandbox/build.py), so
 * Python reads every number and layout from here and copies none. Because cffi has no preprocessor,
 * this file holds only enums and structs, and every line that starts with # is dropped.
 *
 * All integers are in the machine's own byte order; client and zygote run on one machine. No struct
 * has padding.
 */
#ifndef RLTF_PROTOCOL_H
#define RLTF_PROTOCOL_H

#include <stdint.h>

/*** Descriptors of a child. 0, 1 and 2 are what a program expects. ***/

enum child_descriptor {
    RLTF_FD_REPORT = 3,  /* memfd: the report, what the child says about itself */
    RLTF_FD_BATCH = 4,   /* socket to the zygote, which sends the next tests of the same program */
    RLTF_FD_CHANNEL = 5, /* socket between a judge and a candidate */
    RLTF_FD_FIRST_FREE = 6,
};

/* Exit codes of a child that mean something to us. They are above those that programs use. */
enum child_exit {
    EXIT_HARNESS_FAILED = 70, /* the Python side of the child raised an exception of its own */
    EXIT_AGAIN = 71,          /* the child could not take its next test; another child must */
};

/*** Frames on the control socket: a header, then `length` bytes. ***/

enum wire_type {
    WIRE_PROGRAM = 1, /* client -> zygote: struct wire_program, then the program blob */
    WIRE_TEST = 2,    /* client -> zygote: struct wire_test, then stdin, then the test blob. One
                         descriptor may come along; it becomes RLTF_FD_CHANNEL of the next child. */
    WIRE_END = 3,     /* client -> zygote: end the running test of a PROGRAM_SERVER child */
    WIRE_RESULT = 4,  /* zygote -> client: struct wire_result, then stdout, stderr and report */
    WIRE_READY = 5,   /* zygote -> client: the jail is shut; the text names the layers in force */
    WIRE_OVERDUE = 6, /* zygote -> client: struct wire_overdue. The client answers with a
                         struct wire_grant on a socket of its own, the socket of grants. */
};

struct wire_header {
    uint32_t type;   /* enum wire_type */
    uint32_t length; /* of what follows the header */
};

enum program_flags {
    PROGRAM_SHARED = 1,      /* isolation "program": one child runs all tests */
    PROGRAM_SERVER = 2,      /* the child never ends a test itself; WIRE_END does */
    PROGRAM_FULL_STDOUT = 4, /* the client compares stdout: send all of it */
    PROGRAM_TOGETHER = 8,    /* with PROGRAM_SHARED: the child may be given several tests at once */
    /* Only the child's Python side reads these two: whose harness the program is run like
     * (guest/candidate/harness_imports.py). */
    PROGRAM_APPS = 16,
    PROGRAM_LIVECODEBENCH = 32,
    PROGRAM_FULL_STDERR = 64, /* somebody reads stderr: send all of it */
};

enum guard_length {
    GUARD_SECRET_LENGTH = 16, /* a test of guarded mode begins with so many bytes of secret */
};

enum source_length {
    TEST_IS_SOURCE = 0xffffffff, /* the source is the test's blob without its seed */
};

struct wire_program {
    uint64_t cpu_ns;
    uint64_t wall_ns;
    uint64_t memory_bytes;
    uint64_t output_bytes;
    uint32_t threads;
    uint32_t open_files;
    uint32_t flags;         /* enum program_flags */
    uint32_t source_length; /* the program blob ends with so many bytes of source, which the program
                               reads as its own file; or TEST_IS_SOURCE */
};

enum test_size {
    TEST_SEED_LENGTH = 16, /* of the seed that a judge's test begins with (shared/test_seed.py) */
    MOST_TOGETHER = 48,    /* tests that a child is given at once */
};

struct wire_test {
    uint32_t stdin_length;
};

/* The wall limit of the running test has passed. */
struct wire_overdue {
    uint32_t test; /* a number that the zygote counts up, so that a late grant is recognized */
    int32_t pid;
    uint64_t began_ns; /* on CLOCK_MONOTONIC */
    uint64_t cpu_ns;   /* used by this test */
};

/* More wall time, for a program that waited for a core. 0: the program slept and must end. */
struct wire_grant {
    uint32_t test;
    uint32_t unused;
    uint64_t wall_ns;
};

enum result_flags {
    RESULT_CPU_LIMIT = 1,     /* used more CPU time than allowed */
    RESULT_WALL_LIMIT = 2,    /* slept longer than allowed */
    RESULT_FAULT = 4,         /* our own fault; `fault` holds an errno */
    RESULT_KILLED = 8,        /* the signal was ours */
    RESULT_ALIVE = 16,        /* the child lives on; it reported exit_code itself */
    RESULT_OUTPUT_LIMIT = 32, /* wrote more than allowed */
};

struct wire_result {
    uint64_t cpu_ns;
    uint64_t wall_ns;
    uint64_t peak_kb; /* above what the child started with */
    uint32_t flags;   /* enum result_flags */
    int32_t exit_code; /* -1 when a signal ended the child */
    int32_t signal;
    uint32_t fault;
    uint32_t stdout_length;
    uint32_t stderr_length;
    uint32_t report_length;
    uint32_t unused;
};

/*** The jail. ***/

enum tree_kind {
    TREE_CLOSED, /* nothing is opened or listed */
    TREE_CODE,   /* folders can be listed; code and the metadata of packages can be read */
    TREE_OPEN,   /* everything can be read */
};

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
    LAYER_FILES = 512, /* only in a zygote that was asked for a folder */
};

#endif
