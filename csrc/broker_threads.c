/* broker_threads.c - counting the threads of a child.
 *
 * A thread counts from the moment it is allowed to start until the kernel no longer knows its number.
 * That it asked to end is not enough: on kernels before 5.19, and for a short moment on later ones, a
 * signal can call it back after the broker has let it end.
 */
#define _GNU_SOURCE
#include "rltf.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STEP_NS 200000
#define MOST_STEPS 100 /* 20 ms: a thread needs a few steps from its last call to its end */

static struct {
    pid_t process;
    uint32_t count;
    uint32_t ending;       /* threads that asked to end: how many there are in `numbers` */
    struct buffer numbers;
} threads;

int broker_threads_begin(pid_t process, uint32_t most)
{
    threads.process = process;
    threads.count = 1;
    threads.ending = 0;
    return buffer_reserve_apart(&threads.numbers, most * sizeof(pid_t));
}

/* Stops counting the threads that have ended. */
static void forget_ended(void)
{
    pid_t *numbers = (pid_t *)(void *)threads.numbers.data;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < threads.ending; i++)
        if (syscall(SYS_tgkill, threads.process, numbers[i], 0) == 0 || errno != ESRCH)
            numbers[kept++] = numbers[i];
    threads.count -= threads.ending - kept;
    threads.ending = kept;
}

static int has_room(uint32_t most)
{
    static const struct timespec step = {.tv_nsec = STEP_NS};
    for (int steps = 0; threads.count >= most && threads.ending > 0; steps++) {
        forget_ended();
        if (threads.count < most || steps == MOST_STEPS)
            break;
        nanosleep(&step, NULL);
    }
    return threads.count < most;
}

void broker_thread_starts(uint64_t call_id, uint32_t most)
{
    if (!has_room(most))
        broker_reply(call_id, EAGAIN); /* as the kernel says it for RLIMIT_NPROC */
    else
        threads.count += (uint32_t)broker_reply(call_id, 0);
}

void broker_thread_ends(uint64_t call_id, pid_t thread)
{
    pid_t *numbers = (pid_t *)(void *)threads.numbers.data;
    int known = 0;
    for (uint32_t i = 0; i < threads.ending; i++)
        known |= numbers[i] == thread;
    /* a thread that was called back asks again */
    if (!known && threads.ending < threads.count)
        numbers[threads.ending++] = thread;
    broker_reply(call_id, 0);
}
