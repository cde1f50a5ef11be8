/* python_api.h - the functions of the fork server that its Python side calls (rltf/sandbox/guest).
 *
 * As protocol.h, the build hands this file to cffi: only structs and functions, and every line that
 * starts with # is dropped.
 */
#ifndef RLTF_PYTHON_API_H
#define RLTF_PYTHON_API_H

#include <stddef.h>
#include <stdint.h>

/* What a forked child is to do. */
struct rltf_job {
    const char *program; /* the program blob */
    size_t program_length;
    const char *test; /* the test blob */
    size_t test_length;
    uint32_t flags; /* enum program_flags */
};

/* A file or folder, and how much of it programs may read. */
struct rltf_tree {
    const char *path; /* absolute, without symbolic links; NULL ends an array */
    int kind;         /* enum tree_kind */
};

/* The private folder of a test. */
struct rltf_folder {
    const char *path; /* an existing folder, which it is mounted over */
    uint64_t bytes;   /* at most, of all its files; 0: there is no folder */
    uint64_t files;   /* files, folders and links, at most */
};

/* Creates the descriptors that children inherit. `control` leads to the client and back, `grants`
 * brings the client's grants. Call once, before rltf_jail(). Returns 0, or -1. */
int rltf_prepare(int control, int grants);

/* Moves the interpreter's code to huge pages, where the kernel has any. No other thread may run. */
void rltf_huge_text(void);

/* Shuts the jail around the calling process. Of all files only those in `trees` stay readable, and
 * `folder` can be written to where the machine allows one (LAYER_FILES). Both must stay valid.
 * Returns the layers in force (enum layer), or -1. */
int rltf_jail(const struct rltf_tree *trees, const struct rltf_folder *folder);

/* Serves jobs. Returns 1 in a forked child, with *job filled in; 0 in the zygote when the client is
 * gone; -1 when the zygote failed. */
int rltf_serve(const char *layers, struct rltf_job *job);

/* In a child: everything from here on is the program's doing; everything before was ours. */
void rltf_release(void);

/* In a PROGRAM_SHARED child: reports the end of a test and waits for the next one. Returns 1 when
 * *job holds the next test, 0 when there is none. */
int rltf_next_test(int exit_code, struct rltf_job *job);

/* In a child of guarded mode (csrc/python/guard.h): puts the functions of the guard into a
 * dictionary, given as its address. Returns 0, or -1. */
int rltf_guard_functions(uintptr_t into);

/* Takes the secret, with which the test begins, out of the job's memory. */
void rltf_guard_take(struct rltf_job *job);

/* Says what failed, for an error message. Never returns NULL. */
const char *rltf_failure(void);

#endif
