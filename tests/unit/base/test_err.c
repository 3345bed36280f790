#include "base/err.h"
#include "base/text.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void set_replaces_what_was_there(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    err_field(&err, "price", "must be a number");
    err.retry_after_s = 3;
    assert_int_equal(err_set(&err, ERR_MISSING, "no order %d", 7), -1);
    assert_int_equal(err.code, ERR_MISSING);
    assert_int_equal(err.field_count, 0);
    assert_int_equal(err.retry_after_s, 0);
    assert_string_equal(err.text, "no order 7");
    assert_string_equal(err_public_text(&err), "no order 7");
}

static void set_may_quote_its_own_text(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    err_set(&err, ERR_STORE, "disk full");
    err_set(&err, ERR_UNAVAILABLE, "later: %s", err.text);
    assert_string_equal(err.text, "later: disk full");
}

static void every_field_is_named(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    for (int i = 0; i < ERR_FIELD_MAX + 3; i++) {
        char name[8];

        snprintf(name, sizeof(name), "f%d", i);
        assert_int_equal(err_field(&err, name, "is bad (%d)", i), -1);
    }
    assert_int_equal(err.code, ERR_INVALID);
    assert_int_equal(err.field_count, ERR_FIELD_MAX);
    assert_string_equal(err.fields[0].name, "f0");
    assert_string_equal(err.fields[15].name, "f15");
    assert_string_equal(err.fields[15].text, "is bad (15)");
    assert_string_equal(err.text, "f0: is bad (0)");
}

static void a_field_after_another_error_starts_anew(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    err_set(&err, ERR_CONFLICT, "taken");
    err_field(&err, "price", "must be a number");
    assert_int_equal(err.code, ERR_INVALID);
    assert_int_equal(err.field_count, 1);
    assert_string_equal(err.text, "price: must be a number");
}

static void prefix_goes_before_the_later_fields_only(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    err_field(&err, "price", "a");
    err_field(&err, "side", "b");
    err_prefix_fields(&err, 1, "1.");
    assert_string_equal(err.fields[0].name, "price");
    assert_string_equal(err.fields[1].name, "1.side");
    err_prefix_fields(&err, 0, "0.");
    assert_string_equal(err.fields[0].name, "0.price");
    assert_string_equal(err.text, "0.price: a");
    err_prefix_fields(&err, 2, "none."); /* past the end: nothing */
    assert_string_equal(err.fields[1].name, "0.1.side");
}

static void long_texts_are_cut_between_characters(void **state)
{
    struct err err = ERR_INIT;
    char name[128];
    const char *grin = "\xF0\x9F\x98\x80";

    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        size_t len = shift;

        memset(name, 'x', shift);
        for (; len + 4 < sizeof(name); len += 4)
            memcpy(name + len, grin, 4);
        name[len] = '\0';
        err_clear(&err);
        err_field(&err, name, "%s%s", name, name);
        len = strlen(err.fields[0].name);
        assert_in_range(len, 60, 63);
        assert_true(utf8_is_valid(err.fields[0].name, len));
        len = strlen(err.fields[0].text);
        assert_in_range(len, 156, 159);
        assert_true(utf8_is_valid(err.fields[0].text, len));
    }
    err_set(&err, ERR_MISSING, "%300s", "end");
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

static void the_inside_is_not_shown(void **state)
{
    static const enum err_code inner[] = {ERR_STORE, ERR_NOMEM, ERR_INTERNAL};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(inner); i++) {
        struct err err = ERR_INIT;

        err_set(&err, inner[i], "no such table: orders");
        assert_null(strstr(err_public_text(&err), "orders"));
        assert_true(strlen(err_public_text(&err)) > 0);
    }
}

static void every_code_has_a_word(void **state)
{
    (void)state;
    for (int code = ERR_NONE; code <= ERR_INTERNAL; code++) {
        for (int other = ERR_NONE; other < code; other++)
            assert_string_not_equal(err_code_name((enum err_code)code),
                                    err_code_name((enum err_code)other));
    }
    assert_string_equal(err_code_name(ERR_INVALID), "invalid");
    assert_string_equal(err_code_name(ERR_MISSING), "missing");
}

SUITE(err)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_replaces_what_was_there),
        cmocka_unit_test(set_may_quote_its_own_text),
        cmocka_unit_test(every_field_is_named),
        cmocka_unit_test(a_field_after_another_error_starts_anew),
        cmocka_unit_test(prefix_goes_before_the_later_fields_only),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(the_inside_is_not_shown),
        cmocka_unit_test(every_code_has_a_word),
    };

    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
