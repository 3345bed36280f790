#include "base/secret_file.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static char path[] = "/tmp/test_secret_file.XXXXXX";

static int set_up(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static void put(const char *bytes, size_t len)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void the_newline_at_the_end_is_no_part_of_it(void **state)
{
    static const char *const same[] = {"s e=cret", "s e=cret\n",
                                       "s e=cret\r\n"};
    char out[16];
    struct err err = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        put(same[i], strlen(same[i]));
        assert_int_equal(
            secret_file_read("redis_file", path, out, sizeof(out), &err), 0);
        assert_string_equal(out, "s e=cret");
    }
    put(" \n", 2);
    assert_int_equal(
        secret_file_read("redis_file", path, out, sizeof(out), &err), 0);
    assert_string_equal(out, " ");
}

static void what_can_be_no_secret_is_refused_by_name(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
    } bad[] = {
        {"", 0, "names a file that is empty"},
        {"\n", 1, "names a file that is empty"},
        {"\r\n", 2, "names a file that is empty"},
        {"hush\nhush\n", 10, "names a file with more than one line"},
        {"hush\n\n", 6, "names a file with more than one line"},
        {"hu\0sh", 5, "names a file with more than one line"},
        {"hushhushhushhush", 16, "names a file of more than 15 bytes"},
    };
    char out[16];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err err = ERR_INIT;

        put(bad[i].bytes, bad[i].len);
        assert_int_equal(
            secret_file_read("redis_file", path, out, sizeof(out), &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.fields[0].name, "redis_file");
        assert_string_equal(err.fields[0].text, bad[i].text);
        assert_null(strstr(err.text, "hush"));
    }
}

static void what_is_no_file_is_refused_by_name(void **state)
{
    static const struct {
        const char *path, *text;
    } bad[] = {
        {"/nonexistent/secret",
         "can't be read: No such file or directory: /nonexistent/secret"},
        {"/", "names something that is not a regular file: /"},
        {"/dev/null", "names something that is not a regular file: /dev/null"},
        {"", "can't be read: No such file or directory: "},
    };
    char out[16];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err err = ERR_INIT;

        assert_int_equal(
            secret_file_read("redis_file", bad[i].path, out, sizeof(out), &err),
            -1);
        assert_string_equal(err.fields[0].name, "redis_file");
        assert_string_equal(err.fields[0].text, bad[i].text);
    }
}

static void who_else_may_read_it_shows(void **state)
{
    static const struct {
        mode_t mode;
        bool is_shared;
    } modes[] = {{0600, false}, {0400, false}, {0640, true},
                 {0604, true},  {0644, true},  {0620, true}};
    unsigned mode;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        assert_int_equal(chmod(path, modes[i].mode), 0);
        assert_int_equal(secret_file_is_shared(path, &mode),
                         modes[i].is_shared);
        assert_int_equal(mode, modes[i].mode);
    }
    assert_false(secret_file_is_shared("/nonexistent/secret", &mode));
    assert_int_equal(chmod(path, 0440), 0);
    for (int is_credential = 0; is_credential < 2; is_credential++) {
        setenv("CREDENTIALS_DIRECTORY", is_credential ? "/tmp" : "/tm", 1);
        assert_int_equal(secret_file_is_shared(path, &mode), !is_credential);
    }
    unsetenv("CREDENTIALS_DIRECTORY");
}

SUITE(secret_file)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newline_at_the_end_is_no_part_of_it),
        cmocka_unit_test(what_can_be_no_secret_is_refused_by_name),
        cmocka_unit_test(what_is_no_file_is_refused_by_name),
        cmocka_unit_test(who_else_may_read_it_shows),
    };

    return cmocka_run_group_tests_name("secret_file", tests, set_up, tear_down);
}
