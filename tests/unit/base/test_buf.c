#include "base/buf.h"
#include "base/mem.h"
#include "support/suite.h"

#include <inttypes.h>
#include <string.h>

#include "base/banned.h"

static void grows_and_stays_a_string(void **state)
{
    struct buf buf;
    struct err err = ERR_INIT;

    (void)state;
    buf_init(&buf, SIZE_MAX);
    assert_string_equal(buf_text(&buf), "");
    for (int i = 0; i < 1000; i++)
        buf_put_text(&buf, "0123456789");
    assert_int_equal(buf.len, 10000);
    assert_int_equal(strlen(buf_text(&buf)), 10000);
    assert_int_equal(buf_check(&buf, &err), 0);
    buf_truncate(&buf, 3);
    assert_string_equal(buf_text(&buf), "012");
    buf_truncate(&buf, 100); /* never longer */
    assert_int_equal(buf.len, 3);
    buf_clear(&buf);
    assert_string_equal(buf_text(&buf), "");
    buf_release(&buf);
    buf_release(&buf);
}

static void the_ceiling_holds_to_the_byte(void **state)
{
    struct buf buf;
    struct err err = ERR_INIT;

    (void)state;
    buf_init(&buf, 5);
    buf_put_text(&buf, "12345");
    assert_int_equal(buf_check(&buf, &err), 0);
    buf_put_char(&buf, '6');
    assert_true(buf.too_large);
    assert_int_equal(buf_check(&buf, &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_string_equal(buf_text(&buf), "12345");
    buf_truncate(&buf, 0);
    buf_put_char(&buf, '1'); /* failed: nothing more is written */
    assert_int_equal(buf.len, 0);
    buf_clear(&buf);
    buf_put_char(&buf, '1');
    assert_string_equal(buf_text(&buf), "1");
    buf_release(&buf);
}

static void a_ceiling_of_zero_takes_nothing(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 0);
    buf_put(&buf, NULL, 0);
    assert_false(buf.failed);
    buf_put_char(&buf, 'x');
    assert_true(buf.too_large);
    buf_release(&buf);
}

static void want_of_memory_is_told_apart(void **state)
{
    struct buf buf;
    struct err err = ERR_INIT;
    size_t len;

    (void)state;
    buf_init(&buf, 1000);
    mem_fail_after(1);
    buf_put_text(&buf, "x");
    assert_int_equal(buf_check(&buf, &err), -1);
    assert_int_equal(err.code, ERR_NOMEM);
    assert_null(buf_take(&buf, &len));
    assert_int_equal(buf_check(&buf, &err), -1);
    buf_clear(&buf);
    assert_null(buf_take(&buf, &len));
    assert_int_equal(len, 0);
}

static void integers_are_written_whole(void **state)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-1, "-1"},
        {1234567890, "1234567890"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf buf;

        buf_init(&buf, 100);
        buf_put_int(&buf, cases[i].value);
        assert_string_equal(buf_text(&buf), cases[i].text);
        buf_release(&buf);
    }
}

static void printf_grows_or_fails_whole(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1000);
    buf_printf(&buf, "%d:", 7);
    buf_printf(&buf, "%0500d", 7);
    assert_int_equal(buf.len, 502);
    assert_int_equal(strlen(buf_text(&buf)), 502);
    buf_printf(&buf, "%0498d", 7);
    assert_int_equal(buf.len, 1000);
    assert_false(buf.failed);
    buf_truncate(&buf, 999);
    buf_printf(&buf, "%d", 10);
    assert_true(buf.too_large);
    assert_int_equal(strlen(buf_text(&buf)), 999);
    buf_release(&buf);
}

static void reserved_room_may_be_used_in_part(void **state)
{
    struct buf buf;
    char *room;

    (void)state;
    buf_init(&buf, 600);
    room = buf_reserve(&buf, 500);
    assert_non_null(room);
    memset(room, 'x', 500);
    buf.len += 2;
    assert_string_equal(buf_text(&buf), "xx");
    buf_put_char(&buf, 'y');
    assert_string_equal(buf_text(&buf), "xxy");
    assert_null(buf_reserve(&buf, 598));
    assert_true(buf.too_large);
    buf_release(&buf);
}

static void taken_memory_is_the_callers(void **state)
{
    struct buf buf;
    size_t len;
    char *text;

    (void)state;
    buf_init(&buf, 100);
    assert_null(buf_take(&buf, &len));
    buf_put_text(&buf, "abc");
    text = buf_take(&buf, &len);
    assert_string_equal(text, "abc");
    assert_int_equal(len, 3);
    assert_int_equal(buf.len, 0);
    buf_put_text(&buf, "next");
    assert_string_equal(text, "abc");
    assert_string_equal(buf_text(&buf), "next");
    buf_release(&buf);
    mem_free(text);
}

SUITE(buf)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_a_string),
        cmocka_unit_test(the_ceiling_holds_to_the_byte),
        cmocka_unit_test(a_ceiling_of_zero_takes_nothing),
        cmocka_unit_test(want_of_memory_is_told_apart),
        cmocka_unit_test(integers_are_written_whole),
        cmocka_unit_test(printf_grows_or_fails_whole),
        cmocka_unit_test(reserved_room_may_be_used_in_part),
        cmocka_unit_test(taken_memory_is_the_callers),
    };

    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
