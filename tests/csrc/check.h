/* check.h - what the tests of csrc/ share. A test is a function; a check that fails says where, and
 * ends the program with 1. Sanitizers end it with a code of their own. */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s (errno: %s)\n", __FILE__, __LINE__,         \
                    #condition, strerror(errno));                                                  \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

/* Room for a child: a sanitizer maps its own memory all over the address space. */
#define ANYWHERE (UINT64_MAX >> 4)

struct test {
    const char *name;
    void (*run)(void);
};

/* Runs every test in a process of its own, so that limits and filters of one are not the next one's. */
static inline int run_tests(const char *what, const struct test *tests, size_t count)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            tests[i].run();
            _exit(0);
        }
        int status = 0;
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
            fprintf(stderr, "%s: FAILED: %s (status %d)\n", what, tests[i].name, status);
            failed++;
        }
    }
    printf("%s: %zu tests, %zu failed\n", what, count, failed);
    return failed != 0;
}

#endif
