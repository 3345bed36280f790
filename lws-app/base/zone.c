#include "base/zone.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/zone_read.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define FOLDER "/usr/share/zoneinfo/"
#define FILE_MAX 65536
#define DAY_S INT64_C(86400)
#define NEVER INT64_MAX

struct zone {
    char name[ZONE_NAME_MAX];
    struct zone_table table;
    struct zone *next;
};

/* Those that were asked for; as many at most as there are files. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct zone *zones;

/* Words of letters, digits, '_', '+' and '-', with one '/' between them: no
 * way out of the folder, and one way only to each file. */
static bool is_name(const char *name, size_t len)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-";
    size_t word = 0;

    if (len == 0 || len >= ZONE_NAME_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (name[i] == '/' ? word == 0 : !strchr(letters, name[i]) || !name[i])
            return false;
        word = name[i] == '/' ? 0 : word + 1;
    }
    return word > 0;
}

static bool read_file(struct buf *out, const char *name)
{
    char path[sizeof(FOLDER) + ZONE_NAME_MAX];
    char piece[4096];
    ssize_t got = 1;
    int fd;

    snprintf(path, sizeof(path), FOLDER "%s", name);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    while (got > 0) {
        got = read(fd, piece, sizeof(piece));
        if (got > 0)
            buf_put(out, piece, (size_t)got);
        if (got < 0 && errno == EINTR)
            got = 1;
    }
    close(fd);
    return got == 0 && !out->failed;
}

static struct zone *read_zone(const char *name, size_t len)
{
    struct zone *zone = mem_zalloc(sizeof(*zone));
    struct buf bytes;

    if (!zone)
        return NULL;
    buf_init(&bytes, FILE_MAX);
    memcpy(zone->name, name, len);
    if (!read_file(&bytes, zone->name) ||
        !zone_table_read(&zone->table, bytes.data, bytes.len)) {
        zone_table_release(&zone->table);
        mem_free(zone);
        zone = NULL;
    }
    buf_release(&bytes);
    return zone;
}

static struct zone *find_known(const char *name, size_t len)
{
    struct zone *zone = zones;

    while (zone && (strlen(zone->name) != len || memcmp(zone->name, name, len)))
        zone = zone->next;
    return zone;
}

int zone_find(const char *name, size_t len, const struct zone **zone,
              const char *field, struct err *err)
{
    struct zone *found;

    *zone = NULL;
    if (len == 3 && !memcmp(name, "UTC", 3))
        return 0;
    if (!is_name(name, len))
        return err_field(err, field, "is not a time zone like Europe/Paris");
    pthread_mutex_lock(&lock);
    found = find_known(name, len);
    if (!found) {
        found = read_zone(name, len);
        if (found) {
            found->next = zones;
            zones = found;
        }
    }
    pthread_mutex_unlock(&lock);
    *zone = found;
    return found ? 0
                 : err_field(err, field, "%.*s is not a time zone known here",
                             (int)len, name);
}

/* Rounds down. */
static int64_t divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0 ? 1 : 0);
}

/* The first day of 1970 was a Thursday. */
static int64_t weekday(int64_t day)
{
    return ((day + 4) % 7 + 7) % 7;
}

/* The day since 1970 of a rule's date in a year. */
static int64_t day_of(const struct zone_date *date, int year)
{
    int64_t first = clock_day(year, 1, 1);
    bool is_leap = clock_day(year, 3, 1) - clock_day(year, 2, 1) == 29;
    int64_t day;
    int64_t next;

    if (date->kind == ZONE_DAY)
        return first + date->day;
    if (date->kind == ZONE_NO_LEAP)
        return first + date->day - (is_leap && date->day >= 60 ? 0 : 1);
    first = clock_day(year, date->month, 1);
    next = date->month == 12 ? clock_day(year, 12, 31) + 1
                             : clock_day(year, date->month + 1, 1);
    day = first + (date->day + 14 - weekday(first)) % 7;
    day += (date->week - 1) * 7;
    return day < next ? day : day - 7;
}

/* The first change by the rule that comes after; *ahead: what holds from then
 * on. NEVER: there is none. */
static int64_t next_by_rule(const struct zone_rule *rule, int64_t after,
                            int64_t *ahead)
{
    int year = clock_year(divide(after, DAY_S));
    int64_t first = NEVER;

    for (int y = year - 1; rule->has_summer && y <= year + 1; y++) {
        int64_t begin = day_of(&rule->begin, y) * DAY_S + rule->begin.time_s -
                        rule->usual_s;
        int64_t end =
            day_of(&rule->end, y) * DAY_S + rule->end.time_s - rule->summer_s;

        if (begin > after && begin < first) {
            first = begin;
            *ahead = rule->summer_s;
        }
        if (end > after && end < first) {
            first = end;
            *ahead = rule->usual_s;
        }
    }
    return first;
}

/* What comes before the next change is what the one before it began; a year
 * and a half on, one of each kind has come. */
static int64_t ahead_by_rule(const struct zone_rule *rule, int64_t at)
{
    int64_t from = at - 500 * DAY_S;
    int64_t ahead = rule->usual_s;
    int64_t next = ahead;

    while (from <= at) {
        ahead = next;
        from = next_by_rule(rule, from, &next);
    }
    return ahead;
}

static const struct zone_change *last_change(const struct zone_table *table)
{
    return table->change_count ? &table->changes[table->change_count - 1]
                               : NULL;
}

static int64_t ahead_s(const struct zone_table *table, int64_t at)
{
    const struct zone_change *last = last_change(table);
    size_t low = 0;
    size_t high = table->change_count;

    if (table->has_rule && (!last || at >= last->at_s))
        return ahead_by_rule(&table->rule, at);
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (table->changes[middle].at_s <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? table->changes[low - 1].ahead_s : table->first_s;
}

static int64_t next_change(const struct zone_table *table, int64_t after)
{
    const struct zone_change *last = last_change(table);
    int64_t ahead;

    for (size_t i = 0; last && after < last->at_s; i++) {
        if (table->changes[i].at_s > after)
            return table->changes[i].at_s;
    }
    return table->has_rule ? next_by_rule(&table->rule, after, &ahead) : NEVER;
}

int64_t zone_ahead_us(const struct zone *zone, int64_t us)
{
    return zone ? ahead_s(&zone->table, divide(us, CLOCK_S)) * CLOCK_S : 0;
}

int64_t zone_first_us(const struct zone *zone, int64_t local_us)
{
    int64_t local = divide(local_us, CLOCK_S);
    /* No clock is farther from UTC. */
    int64_t from = local - 26 * 3600;

    while (zone) {
        int64_t until = next_change(&zone->table, from);
        int64_t at = local - ahead_s(&zone->table, from);

        if (at < from) /* skipped by the change, or shown before it */
            return from * CLOCK_S;
        if (at < until)
            return local_us - ahead_s(&zone->table, from) * CLOCK_S;
        from = until;
    }
    return local_us;
}
