#include "base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

#define MINUTE_US (60 * CLOCK_S)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)
#define YEAR_MAX 9999
/* 0000-01-01 and the day after 9999-12-31, in days since 1970-01-01. */
#define DAY_FIRST INT64_C(-719528)
#define DAY_END INT64_C(2932897)
#define DAYS_400_YEARS 146097

static _Atomic int64_t shift;

static int64_t read_clock(clockid_t id)
{
    struct timespec now;

    (void)clock_gettime(id, &now); /* fails only for an id that is unknown */
    return (int64_t)now.tv_sec * CLOCK_S + now.tv_nsec / 1000 +
           clock_shifted_us();
}

int64_t clock_now_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_mono_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_thread_us(void)
{
    struct timespec at;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return at.tv_sec * CLOCK_S + at.tv_nsec / 1000;
}

void clock_shift_us(int64_t us)
{
    atomic_fetch_add_explicit(&shift, us, memory_order_relaxed);
}

int64_t clock_shifted_us(void)
{
    return atomic_load_explicit(&shift, memory_order_relaxed);
}

struct date {
    int year;
    int month; /* 1-12 */
    int day;   /* 1-31 */
};

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days from 0000-01-01 to the first day of year. */
static int days_before_year(int year)
{
    int past = year - 1;

    if (year == 0)
        return 0;
    /* The year 0 is a leap year, and not among the past ones counted here. */
    return 366 + past * 365 + past / 4 - past / 100 + past / 400;
}

static int64_t days_since_1970(struct date date)
{
    int days = days_before_year(date.year) + date.day - 1;

    for (int month = 1; month < date.month; month++)
        days += month_days(date.year, month);
    return DAY_FIRST + days;
}

static struct date date_of(int64_t day)
{
    int days = (int)(day - DAY_FIRST);
    struct date date = {.month = 1};

    /* Right, or one year too late or too early. */
    date.year = (int)((int64_t)days * 400 / DAYS_400_YEARS);
    if (days < days_before_year(date.year))
        date.year--;
    if (date.year < YEAR_MAX && days >= days_before_year(date.year + 1))
        date.year++;
    days -= days_before_year(date.year);
    while (days >= month_days(date.year, date.month))
        days -= month_days(date.year, date.month++);
    date.day = days + 1;
    return date;
}

int64_t clock_day(int year, int month, int day)
{
    if (year < 0)
        return DAY_FIRST;
    if (year > YEAR_MAX)
        return DAY_END - 1;
    return days_since_1970((struct date){year, month, day});
}

int clock_year(int64_t day)
{
    if (day < DAY_FIRST)
        return 0;
    return day < DAY_END ? date_of(day).year : YEAR_MAX;
}

static char *put_digits(char *at, int count, int64_t value)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

size_t clock_format(int64_t us, char text[CLOCK_TEXT_MAX])
{
    int64_t first = DAY_FIRST * DAY_US;
    int64_t last = DAY_END * DAY_US - 1;
    int64_t in_range = us < first ? first : us > last ? last : us;
    int64_t since = in_range - first;
    int64_t rest = since % DAY_US;
    struct date date = date_of(DAY_FIRST + since / DAY_US);
    char *at = text;

    at = put_digits(at, 4, date.year);
    *at++ = '-';
    at = put_digits(at, 2, date.month);
    *at++ = '-';
    at = put_digits(at, 2, date.day);
    *at++ = 'T';
    at = put_digits(at, 2, rest / HOUR_US);
    *at++ = ':';
    at = put_digits(at, 2, rest / MINUTE_US % 60);
    *at++ = ':';
    at = put_digits(at, 2, rest / CLOCK_S % 60);
    *at++ = '.';
    at = put_digits(at, 6, rest % CLOCK_S);
    *at++ = 'Z';
    *at = '\0';
    return (size_t)(at - text);
}

/* What is still to be read. Once bad, it stays so. */
struct reader {
    const char *at;
    const char *end;
    bool is_bad;
};

static int read_digits(struct reader *in, int count, int low, int high)
{
    int value = 0;

    for (int i = 0; i < count; i++, in->at++) {
        if (in->at == in->end || *in->at < '0' || *in->at > '9') {
            in->is_bad = true;
            return low;
        }
        value = value * 10 + (*in->at - '0');
    }
    if (value < low || value > high) {
        in->is_bad = true;
        value = low;
    }
    return value;
}

/* Takes one character out of set; its index there, or bad. */
static size_t read_one_of(struct reader *in, const char *set)
{
    const char *found = NULL;

    if (in->at < in->end && *in->at)
        found = strchr(set, *in->at++);
    if (!found)
        in->is_bad = true;
    return found ? (size_t)(found - set) : 0;
}

static int64_t read_fraction(struct reader *in)
{
    int64_t unit = CLOCK_S;
    int64_t us = 0;
    int count = 0;

    if (in->is_bad || in->at == in->end || *in->at != '.')
        return 0;
    in->at++;
    for (; in->at < in->end && *in->at >= '0' && *in->at <= '9'; in->at++) {
        unit /= 10;
        us += unit * (*in->at - '0');
        count++;
    }
    if (count < 1 || count > 9)
        in->is_bad = true;
    return us;
}

static int64_t read_offset(struct reader *in)
{
    int64_t us = 0;
    size_t kind = read_one_of(in, "Zz+-");

    if (kind >= 2) {
        us = read_digits(in, 2, 0, 23) * HOUR_US;
        read_one_of(in, ":");
        us += read_digits(in, 2, 0, 59) * MINUTE_US;
    }
    return kind == 3 ? -us : us;
}

static int64_t read_time(struct reader *in)
{
    int64_t us;
    int minute;

    read_one_of(in, "Tt ");
    us = read_digits(in, 2, 0, 23) * HOUR_US;
    read_one_of(in, ":");
    minute = read_digits(in, 2, 0, 59);
    us += minute * MINUTE_US;
    read_one_of(in, ":");
    /* A leap second, RFC 3339 5.7, is the next minute's first one to us. */
    us += read_digits(in, 2, 0, minute == 59 ? 60 : 59) * CLOCK_S;
    us += read_fraction(in);
    return us - read_offset(in);
}

int clock_parse(const char *text, size_t len, int64_t *us)
{
    struct reader in = {.at = text, .end = text + len};
    struct date date;
    int64_t result;

    date.year = read_digits(&in, 4, 0, YEAR_MAX);
    read_one_of(&in, "-");
    date.month = read_digits(&in, 2, 1, 12);
    read_one_of(&in, "-");
    date.day = read_digits(&in, 2, 1, month_days(date.year, date.month));
    result = days_since_1970(date) * DAY_US;
    if (!in.is_bad && in.at < in.end)
        result += read_time(&in);
    if (in.is_bad || in.at != in.end || result < DAY_FIRST * DAY_US ||
        result >= DAY_END * DAY_US)
        return -1;
    *us = result;
    return 0;
}
