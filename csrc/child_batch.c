/* child_batch.c - the tests that a child is given together, and how the child says they ended.
 *
 * A PROGRAM_TOGETHER child goes from one test to the next by itself, which takes two context
 * switches for up to MOST_TOGETHER tests. At the end of each test it writes to the ledger, a page
 * that it shares with the zygote: how the test ended, what time it was, and how long its outputs
 * were. The zygote reads the ledger when the last test has ended, when the child has died, and when
 * a timer goes off, to know which test is running.
 *
 * The program can write to the ledger as well. It gains nothing: it can only move its own outputs
 * and its own time from one of its tests to another. The zygote forces all numbers into the range
 * that it has measured itself.
 */
#define _GNU_SOURCE
#include "rltf.h"

#include <string.h>
#include <sys/mman.h>

#define MOST_BYTES 32768u /* of tests given together: no more than a socket takes */

struct batch batch;

struct ledger {
    uint32_t done;
    uint32_t unused;
    struct test_end ends[MOST_TOGETHER];
};
static struct ledger *ledger;

int batch_prepare(void)
{
    ledger = mmap(NULL, sizeof *ledger, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return ledger == MAP_FAILED ? fail("make a ledger") : 0;
}

void batch_begin(struct buffer *frame)
{
    struct buffer old = batch.tests;
    batch.tests = *frame;
    *frame = old;
    batch.head = (struct batch_head){.count = 1, .lengths = {(uint32_t)batch.tests.length}};
    batch.at = 0;
    batch.offset = 0;
}

int batch_has_room(size_t length)
{
    return batch.head.count < MOST_TOGETHER && batch.tests.length + length <= MOST_BYTES &&
           batch.tests.length + length <= batch.tests.capacity;
}

void batch_add(const struct buffer *frame)
{
    memcpy(batch.tests.data + batch.tests.length, frame->data, frame->length);
    batch.tests.length += frame->length;
    batch.head.lengths[batch.head.count++] = (uint32_t)frame->length;
}

void batch_drop(uint32_t count)
{
    size_t dropped = 0;
    for (uint32_t i = 0; i < count; i++)
        dropped += batch.head.lengths[i];
    size_t kept = batch.tests.length - dropped;
    memmove(batch.tests.data, batch.tests.data + dropped, kept);
    memset(batch.tests.data + kept, 0, dropped); /* so that no later program finds them */
    batch.tests.length = kept;
    batch.head.count -= count;
    memmove(batch.head.lengths, batch.head.lengths + count, batch.head.count * sizeof(uint32_t));
    batch.at = 0;
    batch.offset = 0;
}

struct test_data batch_test(void)
{
    const char *frame = batch.tests.data + batch.offset;
    struct wire_test head;
    memcpy(&head, frame, sizeof head);
    return (struct test_data){
        .input = frame + sizeof head,
        .input_length = head.stdin_length,
        .blob = frame + sizeof head + head.stdin_length,
        .blob_length = batch.head.lengths[batch.at] - sizeof head - head.stdin_length,
    };
}

int batch_next(void)
{
    if (batch.at + 1 >= batch.head.count)
        return 0;
    batch.offset += batch.head.lengths[batch.at++];
    return 1;
}

/*** The ledger ***/

void ledger_clear(int fresh)
{
    if (fresh)
        memset(ledger, 0, sizeof *ledger); /* no program learns anything about another */
    __atomic_store_n(&ledger->done, 0, __ATOMIC_RELEASE);
}

void ledger_write(const struct test_end *end)
{
    if (batch.at < MOST_TOGETHER)
        ledger->ends[batch.at] = *end;
    __atomic_store_n(&ledger->done, batch.at + 1, __ATOMIC_RELEASE);
}

uint32_t ledger_done(void)
{
    uint32_t done = __atomic_load_n(&ledger->done, __ATOMIC_ACQUIRE);
    return done < batch.head.count ? done : batch.head.count;
}

struct test_end ledger_read(uint32_t test)
{
    return ledger->ends[test];
}

void ledger_let_go(void)
{
    munmap(ledger, sizeof *ledger);
}
