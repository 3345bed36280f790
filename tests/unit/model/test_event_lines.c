#include "model/log/control.h"
#include "model/orders.h"
#include <string.h>

#include "base/banned.h"

/* What a commit announces is the log, line by line. */
static void the_outbox_tells_each_commit(void **state)
{
    struct world *w = *state;
    struct control control = {.user = 1, .kind = CONTROL_RIGHTS};
    struct order order = placed(w, &w->ann);
    struct err err = ERR_INIT;
    struct event event;
    struct buf outbox;
    const char *cursor;
    const char *end;

    buf_init(&outbox, 1 << 20);
    changed(w, &w->sue, order.id, "owner", "Bob", &order, &err);
    assert_int_equal(control_append(w->db, &control, &err), 0);
    /* Refused: nothing is told of it. */
    changed(w, &w->ann, order.id, "price", "1", &order, &err);
    world_commit(w, &outbox);
    cursor = buf_text(&outbox);
    end = cursor + outbox.len;
    for (int64_t id = 1; id <= 3; id++) {
        assert_int_equal(event_decode(&cursor, end, &event), 1);
        assert_int_equal(event.id, id);
        assert_int_equal(event.owner, id == 3 ? 2 : 1);
        assert_int_equal(event.position, id == 2 ? 2 : 1);
        assert_int_equal(event.kind, id == 2 ? EVENT_DELETE : EVENT_NEW);
        assert_memory_equal(event.body, "{\"id\":1,", 8);
        assert_int_equal(event.body[event.body_len], '\n');
    }
    assert_int_equal(event_decode(&cursor, end, &event), -1);
    assert_int_equal(control_decode(&cursor, end, &control), 1);
    assert_int_equal(control.id, 1);
    assert_int_equal(control.kind, CONTROL_RIGHTS);
    assert_ptr_equal(cursor, end);
    assert_int_equal(event_decode(&cursor, end, &event), 0);
    assert_int_equal(control_decode(&cursor, end, &control), 0);
    buf_release(&outbox);
}

static void a_line_reads_back_as_it_was_written(void **state)
{
    static const char *const lines[] = {
        "E 1 2 3 new 4 {}\n",
        ("E 9007199254740991 1 9007199254740991 update 0 {\"a\":\" b "
         "\xC3\xA9\"}\n"),
        "E 5 6 7 delete 8 {\"id\":7}\n",
        "E 5 6 7 update 8 12 {\"a\":[\"} \"]} {}\n",
        "C 1 2 session_ended 3 4\n",
        "C 1 2 token_ended 3 4\n",
        "C 1 2 password 0 4\n",
        "C 1 2 rights 0 4\n",
        "C 1 2 active 0 4\n",
    };
    struct buf out;

    (void)state;
    buf_init(&out, 1024);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        const char *cursor = lines[i];
        const char *end = cursor + strlen(cursor);
        struct control control;
        struct event event;

        buf_clear(&out);
        if (*cursor == 'E') {
            assert_int_equal(control_decode(&cursor, end, &control), -1);
            assert_int_equal(event_decode(&cursor, end, &event), 1);
            event_encode(&out, &event);
        } else {
            assert_int_equal(event_decode(&cursor, end, &event), -1);
            assert_int_equal(control_decode(&cursor, end, &control), 1);
            control_encode(&out, &control);
        }
        assert_ptr_equal(cursor, end);
        assert_string_equal(buf_text(&out), lines[i]);
    }
    buf_release(&out);
}

static void a_bad_line_is_refused_and_not_passed(void **state)
{
    static const char *const lines[] = {
        "\n",
        "E",
        "E \n",
        "E 1 2 3 new 4 {}",
        "E 1 2 3 new 4\n",
        "E 1 2 3 new 4 \n",
        "E 1 2 3 new 4 {\n",
        "E 1 2 3 new 4 []\n",
        "E 1 2 3 new 4 {\"\xFF\"}\n",
        "E 1 2 3 data.new 4 {}\n",
        "E 1 2 3 newer 4 {}\n",
        "E 1 2 3 ne 4 {}\n",
        "E 0 2 3 new 4 {}\n",
        "E 1 0 3 new 4 {}\n",
        "E 1 2 0 new 4 {}\n",
        "E -1 2 3 new 4 {}\n",
        "E 1 2 3 new -4 {}\n",
        "E 1 2 3 update 4 2 {}\n",
        "E 1 2 3 update 4 2 {} \n",
        "E 1 2 3 update 4 2 {}{}\n",
        "E 1 2 3 update 4 2 [] {}\n",
        "E 1 2 3 update 4 1 {} {}\n",
        "E 1 2 3 update 4 3 {} {}\n",
        "E 1 2 3 update 4 5 {} {}\n",
        "E 1 2 3 update 4 99 {} {}\n",
        "E 1 2 3 update 4 0 {}\n",
        "E 1 2 3 update 4 02 {} {}\n",
        "E 1 2 3 update 4 9223372036854775807 {} {}\n",
        "E 1 2 3 update 4 -2 {} {}\n",
        "E 1 2 3 update 4 7 {\"\xFF\"} {} {}\n",
        "E 01 2 3 new 4 {}\n",
        "E 1  2 3 new 4 {}\n",
        "E 9007199254740992 2 3 new 4 {}\n",
        "E 1 2 9007199254740992 new 4 {}\n",
        "E 9223372036854775807 2 3 new 4 {}\n",
        "E 9223372036854775808 2 3 new 4 {}\n",
        "E 99999999999999999999 2 3 new 4 {}\n",
        "e 1 2 3 new 4 {}\n",
        "C 1 2 rights 0 4",
        "C 1 2 rights 0\n",
        "C 1 2 rights 0 4 \n",
        "C 1 2 rights 0 4 5\n",
        "C 1 2 wrongs 0 4\n",
        "C 0 2 rights 0 4\n",
        "C 1 0 rights 0 4\n",
        "C 9223372036854775807 2 rights 0 4\n",
        "C 1 2 rights 0x0 4\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        const char *cursor = lines[i];
        const char *end = cursor + strlen(cursor);
        struct control control;
        struct event event;

        assert_int_equal(event_decode(&cursor, end, &event), -1);
        assert_int_equal(control_decode(&cursor, end, &control), -1);
        assert_ptr_equal(cursor, lines[i]);
    }
}

SUITE(lines)
{
    const struct CMUnitTest event_lines[] = {
        WORLD_TEST(the_outbox_tells_each_commit),
        cmocka_unit_test(a_line_reads_back_as_it_was_written),
        cmocka_unit_test(a_bad_line_is_refused_and_not_passed),
    };

    return cmocka_run_group_tests(event_lines, NULL, NULL);
}
