/* results.c - the results of the tests of a batch, once child_watch.c has seen how they ended.
 *
 * A child reports the times and outputs of its own tests in the ledger (child_batch.c). It may lie,
 * so every number is forced into the range that the zygote itself has measured.
 */
#define _GNU_SOURCE
#include "child_watch.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

/* A child starts with the memory of its zygote, which is not charged to it. */
static uint64_t above_start(long resident_kb)
{
    long began = zygote.page->resident_kb;
    return resident_kb > began ? (uint64_t)(resident_kb - began) : 0;
}

/* Reads what a child says about its finished tests. It may have died in the test after them. */
static void read_test_ends(struct finished_test *finished, uint32_t count, int alive)
{
    uint64_t cpu = test.cpu_began, wall = test.wall_began, now = now_ns();
    int64_t ends[3] = {0};
    for (uint32_t i = 0; i < count; i++) {
        struct test_end end = ledger_read(i);
        int last = alive && i + 1 == count; /* time that no other test reports is the last one's */
        uint64_t cpu_end = last ? test.cpu_now : clamp(cpu, end.cpu_ns, test.cpu_now);
        uint64_t wall_end = last ? now : clamp(wall, end.wall_ns, now);
        finished[i].result = (struct wire_result){
            .flags = RESULT_ALIVE,
            .exit_code = end.exit_code,
            .peak_kb = above_start(end.resident_kb),
            .cpu_ns = cpu_end - cpu,
            .wall_ns = wall_end - wall,
        };
        cpu = cpu_end;
        wall = wall_end;
        for (int k = 0; k < 3; k++) {
            finished[i].from[k] = ends[k];
            ends[k] = end.ends[k] > ends[k] ? end.ends[k] : ends[k];
            finished[i].to[k] = ends[k];
        }
    }
    test.cpu_before = cpu;
    test.wall_before = wall;
}

static void read_death(struct wire_result *result, int status, const struct rusage *usage)
{
    result->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (result->signal != SIGKILL)
        test.kill_flags = 0; /* it had ended by itself before we killed it */
    uint64_t cpu = cpu_ns_of(usage);
    result->cpu_ns = cpu > test.cpu_before ? cpu - test.cpu_before : 0;
    result->wall_ns = now_ns() - test.wall_before;
    result->peak_kb = above_start(usage->ru_maxrss);
    if (zygote.page->released == 0 && test.kill_flags == 0) {
        result->flags |= RESULT_FAULT;
        result->fault = (uint32_t)(result->exit_code > 0 ? result->exit_code : EAGAIN);
    } else if ((result->signal == SIGKILL || result->signal == SIGXCPU) && test.kill_flags == 0 &&
               result->cpu_ns >= current_program()->cpu_ns / 10 * 9)
        test.kill_flags = RESULT_CPU_LIMIT | RESULT_KILLED; /* RLIMIT_CPU, which is not exact */
    result->flags |= test.kill_flags;
    child_forget();
}

/* Reads a server's test that the client has ended. Its child goes on. */
static void read_asked(struct wire_result *result)
{
    result->flags = RESULT_ALIVE;
    result->cpu_ns = test.cpu_now - test.cpu_before;
    result->wall_ns = now_ns() - test.wall_before;
}

/* Says where the outputs of a test lie, and whether it is over its limits. `ends` is how long the
 * outputs are; the last test has all that is left. */
static void place_outputs(struct finished_test *finished, uint32_t test_index, int last,
                          const int64_t ends[3])
{
    struct finished_test *one = &finished[test_index];
    for (int k = 0; k < 3; k++) {
        one->from[k] = test_index > 0 ? one[-1].to[k] : 0;
        if (last || one->to[k] > ends[k])
            one->to[k] = ends[k] > one->from[k] ? ends[k] : one->from[k];
        if ((uint64_t)(one->to[k] - one->from[k]) > current_program()->output_bytes)
            one->result.flags |= RESULT_OUTPUT_LIMIT;
    }
    if (one->result.cpu_ns > current_program()->cpu_ns)
        one->result.flags |= RESULT_CPU_LIMIT;
}

uint32_t watch_batch(struct finished_test finished[MOST_TOGETHER])
{
    struct rusage usage;
    int status = 0;
    enum end end = watch_child(&status, &usage);
    if (end == END_GONE) {
        child_end();
        return 0;
    }
    uint32_t count = 1;
    int64_t ends[3];
    if (end == END_DEAD && !test.fresh && test.at == 0 && ledger_done() == 0 &&
        WIFEXITED(status) && WEXITSTATUS(status) == EXIT_AGAIN) {
        child_forget();
        return UNTAKEN;
    }
    if (end == END_DEAD) {
        catch_up();
        count = test.at + 1;
        test.cpu_now = cpu_ns_of(&usage);
        read_test_ends(finished, test.at, 0);
        read_death(&finished[test.at].result, status, &usage);
    } else {
        test.cpu_now = cpu_watch_now();
        if (end == END_ASKED)
            read_asked(&finished[0].result);
        else
            read_test_ends(finished, count = test.over, 1);
    }
    streams_ends(ends);
    for (uint32_t i = 0; i < count; i++)
        place_outputs(finished, i, i + 1 == count, ends);
    return count;
}
