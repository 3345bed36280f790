#include "base/clock.h"
#include "base/log.h"
#include "support/suite.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

static char line[8192];

/* Standard error into a pipe while fn writes; line: all that came out. */
static void capture(void (*fn)(void))
{
    int pipe_fds[2];
    int saved = dup(STDERR_FILENO);
    ssize_t n;

    assert_int_equal(pipe(pipe_fds), 0);
    assert_true(dup2(pipe_fds[1], STDERR_FILENO) >= 0);
    close(pipe_fds[1]);
    fn();
    assert_true(dup2(saved, STDERR_FILENO) >= 0); /* ends the pipe */
    close(saved);
    n = read(pipe_fds[0], line, sizeof(line) - 1);
    assert_true(n >= 0);
    line[n] = '\0';
    assert_int_equal(read(pipe_fds[0], line + n, 1), 0);
    close(pipe_fds[0]);
}

static void write_plain(void)
{
    errno = EAGAIN;
    log_warn("hub.lagging", "stream=%d behind=%zu", 7, (size_t)41);
    assert_int_equal(errno, EAGAIN);
}

static void a_line_is_time_level_event_and_values(void **state)
{
    int64_t us;

    (void)state;
    capture(write_plain);
    assert_int_equal(clock_parse(line, 27, &us), 0);
    assert_string_equal(line + 27, " warn hub.lagging stream=7 behind=41\n");
}

static void write_empty(void)
{
    log_error("loop.stopped", "%s", "");
}

static void no_values_leave_no_space(void **state)
{
    (void)state;
    capture(write_empty);
    assert_string_equal(line + 27, " error loop.stopped\n");
}

static void write_controls(void)
{
    log_info("request", "path=%s",
             "/\n2026 error x\r\x1b[0m\x7f\xc2\x9b\xff\xc3\xa9");
}

static void control_characters_are_escaped(void **state)
{
    (void)state;
    capture(write_controls);
    assert_string_equal(line + 27,
                        " info request path=/\\n2026 error x\\x0d\\x1b[0m\\x7f"
                        "\\x9b\\xff\xc3\xa9\n");
}

static void write_quoted(void)
{
    char quoted[LOG_QUOTED_MAX];

    log_warn("e", "path=%s n=1", log_quoted(quoted, "/a\" status=200 \\\n"));
}

static void a_quoted_value_stays_one(void **state)
{
    char quoted[LOG_QUOTED_MAX];
    char text[3000];

    (void)state;
    capture(write_quoted);
    assert_string_equal(line + 27, " warn e path=\"/a\\\" status=200 "
                                   "\\\\\\n\" n=1\n");
    memset(text, '"', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_quoted(quoted, text);
    assert_true(strlen(quoted) < sizeof(quoted));
    assert_int_equal(quoted[strlen(quoted) - 1], '"');
    assert_int_equal(strlen(quoted) % 2, 0); /* no escape is cut */
}

static void write_long(void)
{
    log_info("request", "path=%05000d", 1);
}

static void a_long_line_is_cut_and_marked(void **state)
{
    (void)state;
    capture(write_long);
    assert_int_equal(strlen(line), 2048);
    assert_string_equal(line + 2044, "...\n");
}

static void write_debug(void)
{
    log_debug("loop.turn", "n=%d", 1);
}

static void the_level_decides(void **state)
{
    enum log_level level;

    (void)state;
    capture(write_debug);
    assert_string_equal(line, "");
    assert_int_equal(log_level_parse("debug", &level), 0);
    log_set_level(level);
    assert_true(log_is_on(LOG_DEBUG));
    capture(write_debug);
    assert_string_equal(line + 27, " debug loop.turn n=1\n");
    log_set_level(LOG_ERROR);
    capture(write_plain);
    assert_string_equal(line, "");
    assert_false(log_is_on(LOG_WARN));
    log_set_level(LOG_INFO);
    assert_int_equal(log_level_parse("Debug", &level), -1);
    assert_int_equal(log_level_parse("", &level), -1);
}

static void what_may_come_often_is_written_once_a_second(void **state)
{
    struct log_pace pace = {0};
    uint64_t left_out = 7;

    (void)state;
    assert_true(log_is_due(&pace, &left_out));
    assert_int_equal(left_out, 0);
    pace.said_us = clock_mono_us() + CLOCK_S; /* however slow this runs */
    assert_false(log_is_due(&pace, &left_out));
    assert_false(log_is_due(&pace, &left_out));
    pace.said_us = clock_mono_us() - CLOCK_S - 1;
    assert_true(log_is_due(&pace, &left_out));
    assert_int_equal(left_out, 2);
    pace.said_us -= CLOCK_S + 1;
    assert_true(log_is_due(&pace, &left_out));
    assert_int_equal(left_out, 0);
}

SUITE(log)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_time_level_event_and_values),
        cmocka_unit_test(no_values_leave_no_space),
        cmocka_unit_test(control_characters_are_escaped),
        cmocka_unit_test(a_quoted_value_stays_one),
        cmocka_unit_test(a_long_line_is_cut_and_marked),
        cmocka_unit_test(the_level_decides),
        cmocka_unit_test(what_may_come_often_is_written_once_a_second),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
