#include "base/buf.h"
#include "support/suite.h"
#include "web/http/chunked.h"
#include "web/http/framing.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define BODY_MAX 100

/* Reads text in pieces of so many bytes. Returns the bytes behind the body, or
 * -1. */
static int read_pieces(const char *text, size_t piece, struct buf *body,
                       struct err *err)
{
    struct chunked chunked;
    size_t len = strlen(text);
    size_t at = 0;

    chunked_init(&chunked, BODY_MAX);
    while (at < len && !chunked_is_done(&chunked)) {
        size_t n = len - at < piece ? len - at : piece;
        char *exact = malloc(n); /* so that a sanitizer sees one too far */
        size_t done = 0;

        memcpy(exact, text + at, n);
        while (done < n && !chunked_is_done(&chunked)) {
            const char *data;
            size_t data_len;
            size_t used;

            if (chunked_read(&chunked, exact + done, n - done, &used, &data,
                             &data_len, err) < 0) {
                free(exact);
                return -1;
            }
            assert_true(used <= n - done);
            buf_put(body, data, data_len);
            done += used;
        }
        at += done;
        free(exact);
    }
    assert_true(chunked_is_done(&chunked));
    return (int)(len - at);
}

static void chunks_are_read_however_they_are_cut(void **state)
{
    static const struct {
        const char *text;
        const char *body;
        int behind;
    } good[] = {
        {"0\r\n\r\n", "", 0},
        {"5\r\nhello\r\n0\r\n\r\n", "hello", 0},
        {"5\r\nhello\r\n0\r\n\r\nGET ", "hello", 4},
        {"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello", 0},
        {"a\r\n0123456789\r\n0\r\n\r\n", "0123456789", 0},
        {"A;x=\"y\"\r\n0123456789\r\n00;z\r\n\r\n", "0123456789", 0},
        /* What looks like an end is content. */
        {"5 ; x\r\n\r\n0\r\n\r\n0\r\nA: b\r\nC: d\r\n\r\n.", "\r\n0\r\n", 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        for (size_t piece = 1; piece < 30; piece++) {
            struct err err = ERR_INIT;
            struct buf body;

            buf_init(&body, BODY_MAX);
            assert_int_equal(read_pieces(good[i].text, piece, &body, &err),
                             good[i].behind);
            assert_string_equal(buf_text(&body), good[i].body);
            buf_release(&body);
        }
    }
}

static void chunks_that_could_be_read_two_ways_are_refused(void **state)
{
    static const struct {
        const char *text;
        enum err_code code;
    } bad[] = {
        {"5\nhello", ERR_MALFORMED},
        {"5\r\nhello0\r\n\r\n", ERR_MALFORMED},
        {"5\r\nhello\n0\r\n\r\n", ERR_MALFORMED},
        {"\r\n", ERR_MALFORMED},
        {" 5\r\n", ERR_MALFORMED},
        {"5 \r\n", ERR_MALFORMED},
        {"5 5\r\n", ERR_MALFORMED},
        {"-5\r\n", ERR_MALFORMED},
        {"0x5\r\n", ERR_MALFORMED},
        {";x\r\n", ERR_MALFORMED},
        {"5;\x01\r\n", ERR_MALFORMED},
        {"0\r\nA\x7f: b\r\n", ERR_MALFORMED},
        {"0\r\nA: b\n\r\n", ERR_MALFORMED},
        {"0\r\n\rx", ERR_MALFORMED},
        {"65\r\n", ERR_TOO_LARGE}, /* 101 */
        {"64\r\n0123456789012345678901234567890123456789012345678901234567890"
         "123456789012345678901234567890123456789\r\n1\r\n",
         ERR_TOO_LARGE},
        {"ffffffffffffffff\r\n", ERR_TOO_LARGE},
        {"10000000000000000\r\n", ERR_TOO_LARGE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err err = ERR_INIT;
        struct buf body;

        buf_init(&body, BODY_MAX);
        assert_int_equal(read_pieces(bad[i].text, 7, &body, &err), -1);
        assert_int_equal(err.code, bad[i].code);
        buf_release(&body);
    }
}

static void a_length_is_one_whole_number(void **state)
{
    static const struct {
        enum http_method method;
        bool is_1_0;
        const char *length;
        const char *coding;
        enum err_code code;
        enum body_kind kind;
        size_t body_len;
    } cases[] = {
        {HTTP_GET, false, NULL, NULL, ERR_NONE, BODY_NONE, 0},
        {HTTP_DELETE, false, NULL, NULL, ERR_NONE, BODY_NONE, 0},
        {HTTP_POST, false, NULL, NULL, ERR_LENGTH, BODY_NONE, 0},
        {HTTP_PATCH, true, NULL, NULL, ERR_LENGTH, BODY_NONE, 0},
        {HTTP_POST, false, "0", NULL, ERR_NONE, BODY_LENGTH, 0},
        {HTTP_GET, false, "7", NULL, ERR_NONE, BODY_LENGTH, 7},
        {HTTP_POST, false, "0007", NULL, ERR_NONE, BODY_LENGTH, 7},
        {HTTP_POST, false, "1048576", NULL, ERR_NONE, BODY_LENGTH, 1048576},
        {HTTP_POST, false, "1048577", NULL, ERR_TOO_LARGE, BODY_LENGTH, 0},
        {HTTP_POST, false, "18446744073709551617", NULL, ERR_TOO_LARGE,
         BODY_LENGTH, 0},
        {HTTP_POST, false, "", NULL, ERR_MALFORMED, BODY_LENGTH, 0},
        {HTTP_POST, false, NULL, "", ERR_MALFORMED, BODY_CHUNKED, 0},
        {HTTP_POST, false, "7", "", ERR_MALFORMED, BODY_NONE, 0},
        {HTTP_POST, false, "7,7", NULL, ERR_MALFORMED, BODY_LENGTH, 0},
        {HTTP_POST, false, "+7", NULL, ERR_MALFORMED, BODY_LENGTH, 0},
        {HTTP_POST, false, "7 ", NULL, ERR_MALFORMED, BODY_LENGTH, 0},
        {HTTP_POST, false, NULL, "chunked", ERR_NONE, BODY_CHUNKED, 0},
        {HTTP_GET, false, NULL, "CHUNKED", ERR_NONE, BODY_CHUNKED, 0},
        {HTTP_POST, true, NULL, "chunked", ERR_MALFORMED, BODY_CHUNKED, 0},
        {HTTP_POST, false, "7", "chunked", ERR_MALFORMED, BODY_NONE, 0},
        {HTTP_POST, false, NULL, "gzip, chunked", ERR_UNSUPPORTED, BODY_CHUNKED,
         0},
        {HTTP_POST, false, NULL, "identity", ERR_UNSUPPORTED, BODY_CHUNKED, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = ERR_INIT;
        struct framing framing;
        int rc = framing_read(cases[i].method, cases[i].is_1_0, cases[i].length,
                              cases[i].coding, &framing, &err);

        assert_int_equal(rc, cases[i].code ? -1 : 0);
        assert_int_equal(err.code, cases[i].code);
        if (rc == 0) {
            assert_int_equal(framing.kind, cases[i].kind);
            assert_int_equal(framing.length, cases[i].body_len);
        }
    }
}

static void a_token_is_found_in_a_list(void **state)
{
    static const struct {
        const char *list;
        bool is_listed;
    } cases[] = {
        {"close", true},
        {"CLOSE", true},
        {"keep-alive, close", true},
        {" ,, \tclose\t, x", true},
        {"closed", false},
        {"not-close", false},
        {"", false},
        {",", false},
        {"clo se", false},
        {"a b, close", false},
        {"a=b, close", false},
        {"close x", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(token_is_listed(cases[i].list, "close"),
                         cases[i].is_listed);
}

SUITE(http)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_are_read_however_they_are_cut),
        cmocka_unit_test(chunks_that_could_be_read_two_ways_are_refused),
        cmocka_unit_test(a_length_is_one_whole_number),
        cmocka_unit_test(a_token_is_found_in_a_list),
    };

    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
