/* child_watch.h - what the wait for the end of a test (child_watch.c) shares with its result
 * (results.c).
 */
#ifndef RLTF_WATCH_H
#define RLTF_WATCH_H

#include "rltf.h"

#include <sys/resource.h>

/* The running test, between the timers that watch it and the result that it gets. */
struct running_test {
    uint32_t number;
    uint32_t kill_flags; /* why we killed its process; 0: we did not */
    int end_asked;       /* the client wants it to end */
    uint32_t at;         /* its place in the batch */
    int fresh;           /* its batch started with the child */
    uint32_t over;       /* tests of the batch that have ended, once its child has said so */
    uint64_t cpu_before, wall_before;
    uint64_t cpu_began, wall_began; /* of the first test of the batch */
    uint64_t cpu_now;               /* at the last look at the child's clock */
    uint64_t cpu_deadline, wall_deadline;
};
extern struct running_test test;

enum end {
    END_GONE,  /* the client is gone */
    END_DEAD,  /* the child is dead */
    END_BATCH, /* the child says that its batch is over */
    END_ASKED, /* the client wants a server's test to end */
};

/* Waits until the test has ended in one of these ways. */
enum end watch_child(int *status, struct rusage *usage);

/* Finds out which test of the batch runs now. Its time started when the previous one ended. */
void catch_up(void);

/* Forces a number that a child reports into a possible range. */
static inline uint64_t clamp(uint64_t least, uint64_t reported, uint64_t most)
{
    return reported < least || most < least ? least : reported > most ? most : reported;
}

#endif
