/* test_child_batch.c - tests that are given to a child together, and what it says of them. */
#define _GNU_SOURCE
#include "rltf.h"

#include "check.h"

static void fill(struct buffer *frame, const char *input, const char *blob)
{
    struct wire_test head = {.stdin_length = (uint32_t)strlen(input)};
    size_t length = sizeof head + strlen(input) + strlen(blob);
    CHECK(buffer_reserve(frame, length) == 0);
    memcpy(frame->data, &head, sizeof head);
    memcpy(frame->data + sizeof head, input, strlen(input));
    memcpy(frame->data + sizeof head + strlen(input), blob, strlen(blob));
    frame->length = length;
}

static int is(const char *data, size_t length, const char *text)
{
    return length == strlen(text) && memcmp(data, text, length) == 0;
}

static int holds(const char *input, const char *blob)
{
    struct test_data test = batch_test();
    return is(test.input, test.input_length, input) && is(test.blob, test.blob_length, blob);
}

static void begin_with_three(void)
{
    struct buffer frame = {0};
    fill(&frame, "one", "1");
    batch_begin(&frame);
    fill(&frame, "", "22");
    CHECK(batch_has_room(frame.length));
    batch_add(&frame);
    fill(&frame, "three", "");
    batch_add(&frame);
    buffer_free(&frame);
}

static void tests_come_one_after_the_other(void)
{
    begin_with_three();
    CHECK(holds("one", "1"));
    CHECK(batch_next() && holds("", "22"));
    CHECK(batch_next() && holds("three", ""));
    CHECK(!batch_next());
}

static void what_has_a_result_leaves_and_is_wiped(void)
{
    begin_with_three();
    size_t before = batch.tests.length;
    batch_drop(2);
    CHECK(batch.head.count == 1 && holds("three", "") && !batch_next());
    batch_drop(1);
    CHECK(batch.head.count == 0 && batch.tests.length == 0);
    for (size_t i = 0; i < before; i++)
        CHECK(batch.tests.data[i] == 0);
}

static void there_is_room_for_so_many_and_no_more(void)
{
    struct buffer frame = {0};
    fill(&frame, "x", "");
    batch_begin(&frame);
    for (uint32_t i = 1; i < MOST_TOGETHER; i++) {
        fill(&frame, "x", "");
        CHECK(batch_has_room(frame.length));
        batch_add(&frame);
    }
    CHECK(!batch_has_room(1));
    batch_drop(1);
    CHECK(batch_has_room(frame.length) && !batch_has_room(1 << 20));
}

static void a_ledger_is_no_longer_than_its_batch(void)
{
    CHECK(batch_prepare() == 0);
    begin_with_three();
    ledger_clear(1);
    CHECK(ledger_done() == 0);
    ledger_write(&(struct test_end){.exit_code = 7});
    CHECK(ledger_done() == 1 && ledger_read(0).exit_code == 7);
    batch.at = MOST_TOGETHER + 100; /* whoever writes this, is not us */
    ledger_write(&(struct test_end){.exit_code = 9});
    CHECK(ledger_done() == 3 && ledger_read(1).exit_code == 0);
    ledger_clear(1);
    CHECK(ledger_done() == 0 && ledger_read(0).exit_code == 0);
}

int main(void)
{
    const struct test tests[] = {
        {"tests come one after the other", tests_come_one_after_the_other},
        {"what has a result leaves and is wiped", what_has_a_result_leaves_and_is_wiped},
        {"there is room for so many and no more", there_is_room_for_so_many_and_no_more},
        {"a ledger is no longer than its batch", a_ledger_is_no_longer_than_its_batch},
    };
    return run_tests("batch", tests, sizeof tests / sizeof *tests);
}
