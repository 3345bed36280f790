#include "base/clock.h"
#include "base/zone.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

#define DAY_S INT64_C(86400)
#define HOUR_S INT64_C(3600)

static const struct zone *find(const char *name)
{
    const struct zone *zone;
    struct err err = ERR_INIT;

    if (zone_find(name, strlen(name), &zone, "tz", &err) < 0)
        fail_msg("%s: %s", name, err.fields[0].text);
    return zone;
}

static int64_t at(const char *text)
{
    int64_t us;

    assert_int_equal(clock_parse(text, strlen(text), &us), 0);
    return us;
}

static void a_day_begins_when_its_clocks_first_show_it(void **state)
{
    static const struct {
        const char *zone;
        const char *local; /* of the wall */
        const char *first;
    } cases[] = {
        {"UTC", "2026-03-29", "2026-03-29T00:00:00Z"},
        {"Etc/UTC", "2026-03-29", "2026-03-29T00:00:00Z"},
        {"Europe/Paris", "2026-03-29", "2026-03-28T23:00:00Z"},
        {"Europe/Paris", "2026-03-30", "2026-03-29T22:00:00Z"}, /* 23 h */
        {"Europe/Paris", "2026-10-25", "2026-10-24T22:00:00Z"},
        {"Europe/Paris", "2026-10-26", "2026-10-25T23:00:00Z"}, /* 25 h */
        /* An hour that is skipped, and one that comes twice. */
        {"Europe/Paris", "2026-03-29T02:30:00Z", "2026-03-29T01:00:00Z"},
        {"Europe/Paris", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z"},
        /* Beyond the table: by its rule. */
        {"Europe/Paris", "2100-07-01", "2100-06-30T22:00:00Z"},
        {"Europe/Paris", "2100-01-01", "2099-12-31T23:00:00Z"},
        {"Europe/Dublin", "2090-07-01", "2090-06-30T23:00:00Z"},
        {"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z"},
        {"America/New_York", "2026-03-09", "2026-03-09T04:00:00Z"},
        {"Asia/Kolkata", "2026-01-01", "2025-12-31T18:30:00Z"},
        {"Australia/Lord_Howe", "2026-12-01", "2026-11-30T13:00:00Z"},
        /* Days without a midnight, with two, and none at all. */
        {"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"},
        {"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"},
        {"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},
        {"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
        {"Europe/Paris", "9999-12-31", "9999-12-30T23:00:00Z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[CLOCK_TEXT_MAX];
        char wanted[CLOCK_TEXT_MAX];

        clock_format(zone_first_us(find(cases[i].zone), at(cases[i].local)),
                     text);
        clock_format(at(cases[i].first), wanted);
        if (strcmp(text, wanted) != 0)
            print_message("%s %s\n", cases[i].zone, cases[i].local);
        assert_string_equal(text, wanted);
    }
}

/* The C library reads the same tables, one zone at a time. */
static int64_t library_ahead(int64_t seconds)
{
    time_t time = (time_t)seconds;
    struct tm tm;

    assert_non_null(localtime_r(&time, &tm));
    return tm.tm_gmtoff;
}

static void check_against_library(const char *name)
{
    const struct zone *zone = find(name);
    int64_t end = 80 * 365 * DAY_S;

    assert_int_equal(setenv("TZ", name, 1), 0);
    tzset();
    for (int64_t s = -50 * 365 * DAY_S; s < end; s += 7 * HOUR_S + 11) {
        int64_t ahead = library_ahead(s);

        if (zone_ahead_us(zone, s * CLOCK_S) != ahead * CLOCK_S)
            fail_msg("%s at %lld", name, (long long)s);
    }
    for (int64_t day = -50 * 365; day < end / DAY_S; day++) {
        int64_t first = zone_first_us(zone, day * DAY_S * CLOCK_S) / CLOCK_S;

        /* From then on it is that day or later, and before it was not. */
        if (first + library_ahead(first) < day * DAY_S ||
            first - 1 + library_ahead(first - 1) >= day * DAY_S)
            fail_msg("%s on day %lld", name, (long long)day);
    }
}

static void it_is_what_the_library_says(void **state)
{
    static const char *const names[] = {
        "Europe/Paris",      "America/New_York",  "Australia/Lord_Howe",
        "Africa/Casablanca", "America/Sao_Paulo", "Asia/Tehran",
        "Pacific/Apia",      "Europe/Dublin",     "America/Havana",
        "Asia/Kathmandu",    "Antarctica/Troll",  "Asia/Gaza",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        check_against_library(names[i]);
    assert_int_equal(unsetenv("TZ"), 0);
    tzset();
}

static void what_is_no_zone_is_refused(void **state)
{
    static const char *const names[] = {
        "",
        "Europe/Pari",
        "europe/paris ",
        "../../etc/passwd",
        "/etc/passwd",
        "Europe/",
        "Europe//Paris",
        "Europe/./Paris",
        "Europe",
        "zone.tab",
        "tzdata.zi",
        "right/Europe/Paris",
        "leap-seconds.list",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct zone *zone;
        struct err err = ERR_INIT;

        assert_int_equal(
            zone_find(names[i], strlen(names[i]), &zone, "tz", &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.fields[0].name, "tz");
        assert_null(zone);
    }
    assert_ptr_equal(find("Europe/Paris"), find("Europe/Paris"));
}

SUITE(zone)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_begins_when_its_clocks_first_show_it),
        cmocka_unit_test(it_is_what_the_library_says),
        cmocka_unit_test(what_is_no_zone_is_refused),
    };

    return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
