#include "view/order_total.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/mem.h"

#include <stdatomic.h>
#include <string.h>

#include "base/banned.h"

#define NOTIONAL_SCALE (2 * DECIMAL_SCALE)

struct sums {
    int64_t count;
    struct order_sum quantity;
    struct order_sum notional;
};
struct order_group {
    _Atomic unsigned refs;
    enum order_total_kind kind;
    int side; /* where the kind is by side, too; else 0 */
    struct sums sums;
    char name[]; /* the side's, the status's, the instrument's */
};
struct tally_entry {
    struct order_group *group; /* its sums are those that were shown last */
    struct sums sums;
    bool is_dirty;
};

static bool is_by_side(enum order_total_kind kind)
{
    return kind == TOTAL_INSTRUMENT || kind == TOTAL_STATUS_SIDE;
}

/* Sums */

void order_sum_add(struct order_sum *sum, __int128 value)
{
    unsigned __int128 bits = (unsigned __int128)value;

    sum->low += bits;
    sum->high += (value < 0 ? -1 : 0) + (sum->low < bits ? 1 : 0);
}

/* Divides the limbs, the highest first; the remainder. */
static uint64_t divide(uint64_t limbs[3], uint64_t by)
{
    unsigned __int128 rest = 0;

    for (int i = 0; i < 3; i++) {
        rest = rest << 64 | limbs[i];
        limbs[i] = (uint64_t)(rest / by);
        rest %= by;
    }
    return (uint64_t)rest;
}

static bool is_zero(const uint64_t limbs[3])
{
    return (limbs[0] | limbs[1] | limbs[2]) == 0;
}

void order_sum_format(const struct order_sum *sum, int scale,
                      char text[TOTAL_TEXT_MAX])
{
    bool is_negative = sum->high < 0;
    unsigned __int128 low = is_negative ? -sum->low : sum->low;
    uint64_t high =
        is_negative ? ~(uint64_t)sum->high + (low == 0) : (uint64_t)sum->high;
    uint64_t limbs[3] = {high, (uint64_t)(low >> 64), (uint64_t)low};
    char reversed[TOTAL_TEXT_MAX];
    size_t n = 0;
    size_t len = 0;

    for (int i = 0; i < scale || !is_zero(limbs) || i == scale; i++) {
        char digit = (char)('0' + divide(limbs, 10));

        if (i == scale && n > 0)
            reversed[n++] = '.';
        /* No zeros at the end behind the point. */
        if (i >= scale || n > 0 || digit != '0')
            reversed[n++] = digit;
    }
    if (is_negative)
        text[len++] = '-';
    while (n > 0)
        text[len++] = reversed[--n];
    text[len] = '\0';
}

static void sums_add(struct sums *sums, const struct order *order, int sign)
{
    __int128 notional = (__int128)order->quantity * order->price;

    sums->count += sign;
    order_sum_add(&sums->quantity, sign * (__int128)order->quantity);
    order_sum_add(&sums->notional, sign * notional);
}

static bool sums_equal(const struct sums *a, const struct sums *b)
{
    return a->count == b->count && a->quantity.low == b->quantity.low &&
           a->quantity.high == b->quantity.high &&
           a->notional.low == b->notional.low &&
           a->notional.high == b->notional.high;
}

/* Groups */

static struct order_group *group_new(enum order_total_kind kind, int side,
                                     const char *name)
{
    size_t len = strlen(name) + 1;
    struct order_group *group = mem_zalloc(sizeof(*group) + len);

    if (!group)
        return NULL;
    atomic_init(&group->refs, 1);
    group->kind = kind;
    group->side = side;
    memcpy(group->name, name, len);
    return group;
}

static void group_unref(struct order_group *group)
{
    if (group &&
        atomic_fetch_sub_explicit(&group->refs, 1, memory_order_acq_rel) == 1)
        mem_free(group);
}

static int compare(const struct order_group *a, enum order_total_kind kind,
                   int side, const char *name)
{
    int sign = (a->kind > kind) - (a->kind < kind);

    if (sign == 0)
        sign = strcmp(a->name, name);
    return sign ? sign : a->side - side;
}

static int compare_groups(const struct order_group *a,
                          const struct order_group *b)
{
    return compare(a, b->kind, b->side, b->name);
}

/* Totals */

struct order_totals *order_totals_ref(struct order_totals *totals)
{
    atomic_fetch_add_explicit(&totals->refs, 1, memory_order_relaxed);
    return totals;
}

void order_totals_unref(struct order_totals *totals)
{
    if (!totals ||
        atomic_fetch_sub_explicit(&totals->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < totals->count; i++)
        group_unref(totals->groups[i]);
    mem_free(totals);
}

size_t order_totals_bytes(const struct order_totals *totals)
{
    return sizeof(*totals) + totals->count * sizeof(struct order_group *);
}

static bool is_same_group(const struct order_group *a,
                          const struct order_group *b)
{
    return a == b ||
           (compare_groups(a, b) == 0 && sums_equal(&a->sums, &b->sums));
}

bool order_totals_equal(const struct order_totals *a,
                        const struct order_totals *b)
{
    if (a == b)
        return true;
    if (!a || !b || a->count != b->count || a->is_too_many != b->is_too_many)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!is_same_group(a->groups[i], b->groups[i]))
            return false;
    }
    return true;
}

/* What is written of them: groups by kind, and both sides of one name in one
 * object. */
struct writer {
    struct buf *out;
    const struct order_totals *to;
    unsigned kinds;
    int kind;         /* the object that is open; -1: none */
    const char *name; /* the one that is open; NULL: none */
};

const char *order_total_kind_name(enum order_total_kind kind)
{
    static const char *const names[TOTAL_KINDS] = {"side", "status",
                                                   "instrument", "status_side"};

    return names[kind];
}

static void close_name(struct writer *writer)
{
    if (writer->name)
        json_close(writer->out);
    writer->name = NULL;
}

static void close_kind(struct writer *writer)
{
    close_name(writer);
    if (writer->kind >= 0)
        json_close(writer->out);
    writer->kind = -1;
}

static void open_kind(struct writer *writer, enum order_total_kind kind)
{
    if (writer->kind == (int)kind)
        return;
    close_kind(writer);
    json_open_key(writer->out, order_total_kind_name(kind));
    writer->kind = (int)kind;
}

/* A name as it is typed is a key: escaped. */
static void open_name(struct writer *writer, const char *name)
{
    if (writer->name && !strcmp(writer->name, name))
        return;
    close_name(writer);
    json_put_str(writer->out, NULL, name);
    buf_put_text(writer->out, ":");
    json_open(writer->out);
    writer->name = name;
}

static void put_sums(struct buf *out, const char *key, const struct sums *sums)
{
    char text[TOTAL_TEXT_MAX];

    json_open_key(out, key);
    json_put_int(out, "count", sums->count);
    order_sum_format(&sums->quantity, DECIMAL_SCALE, text);
    json_put_str(out, "quantity", text);
    order_sum_format(&sums->notional, NOTIONAL_SCALE, text);
    json_put_str(out, "notional", text);
    json_close(out);
}

/* sums NULL: it has gone. */
static void put_group(struct writer *writer, const struct order_group *group,
                      const struct sums *sums)
{
    const char *key = group->name;

    open_kind(writer, group->kind);
    if (is_by_side(group->kind)) {
        open_name(writer, group->name);
        key = order_side_name((enum order_side)group->side);
    }
    if (sums)
        put_sums(writer->out, key, sums);
    else
        json_put_null(writer->out, key);
}

static void put_difference(struct writer *writer,
                           const struct order_totals *from,
                           const struct order_totals *to)
{
    size_t i = 0;
    size_t k = 0;

    while (i < from->count || k < to->count) {
        int sign = i == from->count ? 1
                   : k == to->count
                       ? -1
                       : compare_groups(from->groups[i], to->groups[k]);

        if (sign < 0) {
            put_group(writer, from->groups[i++], NULL);
            continue;
        }
        if (sign > 0 || !is_same_group(from->groups[i], to->groups[k]))
            put_group(writer, to->groups[k], &to->groups[k]->sums);
        i += sign == 0;
        k++;
    }
}

void order_totals_put(struct buf *out, const struct order_totals *totals,
                      const struct order_totals *from, unsigned kinds)
{
    struct writer writer = {.out = out, .to = totals, .kind = -1};

    json_open_key(out, "totals");
    if (totals->is_too_many) {
        json_put_str(out, "error", "too_many");
    } else if (from && !from->is_too_many) {
        put_difference(&writer, from, totals);
    } else {
        for (int kind = TOTAL_SIDE; kind < TOTAL_KINDS; kind++) {
            if (!(kinds & TOTAL_BIT(kind)))
                continue;
            open_kind(&writer, (enum order_total_kind)kind);
            for (size_t i = 0; i < totals->count; i++) {
                if ((int)totals->groups[i]->kind == kind)
                    put_group(&writer, totals->groups[i],
                              &totals->groups[i]->sums);
            }
        }
    }
    close_kind(&writer);
    json_close(out);
}

/* The tally */

void order_tally_init(struct order_tally *tally, unsigned kinds)
{
    memset(tally, 0, sizeof(*tally));
    tally->kinds = kinds;
    tally->is_dirty = true;
}

static void forget_entries(struct order_tally *tally)
{
    for (size_t i = 0; i < tally->count; i++)
        group_unref(tally->entries[i].group);
    tally->count = tally->instrument_count = 0;
}

void order_tally_release(struct order_tally *tally)
{
    forget_entries(tally);
    mem_free(tally->entries);
    order_totals_unref(tally->shown);
    memset(tally, 0, sizeof(*tally));
}

size_t order_tally_bytes(const struct order_tally *tally)
{
    return tally->cap * sizeof(*tally->entries) +
           tally->count * sizeof(struct order_group);
}

/* The first entry that does not stand before. */
static size_t find(const struct order_tally *tally, enum order_total_kind kind,
                   int side, const char *name)
{
    size_t low = 0;
    size_t high = tally->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(tally->entries[middle].group, kind, side, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct order_tally *tally, size_t at,
                  enum order_total_kind kind, int side, const char *name)
{
    return at < tally->count &&
           compare(tally->entries[at].group, kind, side, name) == 0;
}

static bool insert(struct order_tally *tally, size_t at,
                   struct order_group *group)
{
    if (tally->count == tally->cap) {
        size_t cap = tally->cap ? tally->cap * 2 : 8;
        struct tally_entry *entries =
            mem_realloc(tally->entries, cap * sizeof(*entries));

        if (!entries)
            return false;
        tally->entries = entries;
        tally->cap = cap;
    }
    memmove(&tally->entries[at + 1], &tally->entries[at],
            (tally->count - at) * sizeof(*tally->entries));
    tally->entries[at] = (struct tally_entry){.group = group};
    tally->count++;
    return true;
}

static void cut_out(struct order_tally *tally, size_t at)
{
    group_unref(tally->entries[at].group);
    memmove(&tally->entries[at], &tally->entries[at + 1],
            (tally->count - at - 1) * sizeof(*tally->entries));
    tally->count--;
}

/* Those of one instrument stand side by side. */
static bool has_other_side(const struct order_tally *tally, size_t at)
{
    const struct order_group *group = tally->entries[at].group;

    return (at > 0 &&
            !strcmp(tally->entries[at - 1].group->name, group->name) &&
            tally->entries[at - 1].group->kind == group->kind) ||
           (at + 1 < tally->count &&
            !strcmp(tally->entries[at + 1].group->name, group->name) &&
            tally->entries[at + 1].group->kind == group->kind);
}

static bool add(struct order_tally *tally, enum order_total_kind kind, int side,
                const char *name, const struct order *order, int sign)
{
    size_t at = find(tally, kind, side, name);

    if (!is_at(tally, at, kind, side, name)) {
        struct order_group *group =
            sign > 0 ? group_new(kind, side, name) : NULL;

        if (!group || !insert(tally, at, group)) {
            group_unref(group);
            return false;
        }
        if (kind == TOTAL_INSTRUMENT && !has_other_side(tally, at))
            tally->instrument_count++;
    }
    sums_add(&tally->entries[at].sums, order, sign);
    tally->entries[at].is_dirty = true;
    if (tally->entries[at].sums.count > 0)
        return true;
    if (kind == TOTAL_INSTRUMENT && !has_other_side(tally, at))
        tally->instrument_count--;
    cut_out(tally, at);
    return true;
}

bool order_tally_add(struct order_tally *tally, const struct order *order,
                     int sign)
{
    if (!tally->kinds || tally->is_too_many)
        return true;
    tally->is_dirty = true;
    if ((tally->kinds & TOTAL_BIT(TOTAL_SIDE)) &&
        !add(tally, TOTAL_SIDE, 0, order_side_name(order->side), order, sign))
        return false;
    if ((tally->kinds & TOTAL_BIT(TOTAL_STATUS)) &&
        !add(tally, TOTAL_STATUS, 0, order_status_name(order->status), order,
             sign))
        return false;
    if ((tally->kinds & TOTAL_BIT(TOTAL_INSTRUMENT)) &&
        !add(tally, TOTAL_INSTRUMENT, (int)order->side, order->instrument,
             order, sign))
        return false;
    if ((tally->kinds & TOTAL_BIT(TOTAL_STATUS_SIDE)) &&
        !add(tally, TOTAL_STATUS_SIDE, (int)order->side,
             order_status_name(order->status), order, sign))
        return false;
    if (tally->instrument_count > TOTAL_INSTRUMENTS_MAX) {
        tally->is_too_many = true;
        forget_entries(tally);
    }
    return true;
}

/* The group as it is now: the one shown before, if it still is. */
static struct order_group *show_group(struct tally_entry *entry)
{
    struct order_group *group;

    if (entry->is_dirty && !sums_equal(&entry->sums, &entry->group->sums)) {
        group = group_new(entry->group->kind, entry->group->side,
                          entry->group->name);
        if (!group)
            return NULL;
        group->sums = entry->sums;
        group_unref(entry->group);
        entry->group = group;
    }
    entry->is_dirty = false;
    atomic_fetch_add_explicit(&entry->group->refs, 1, memory_order_relaxed);
    return entry->group;
}

struct order_totals *order_tally_show(struct order_tally *tally)
{
    struct order_totals *totals;

    if (!tally->is_dirty)
        return order_totals_ref(tally->shown);
    totals = mem_zalloc(sizeof(*totals) +
                        tally->count * sizeof(struct order_group *));
    if (!totals)
        return NULL;
    atomic_init(&totals->refs, 1);
    totals->is_too_many = tally->is_too_many;
    for (size_t i = 0; i < tally->count; i++) {
        totals->groups[i] = show_group(&tally->entries[i]);
        if (!totals->groups[i]) {
            order_totals_unref(totals);
            return NULL;
        }
        totals->count++;
    }
    order_totals_unref(tally->shown);
    tally->shown = order_totals_ref(totals);
    tally->is_dirty = false;
    return totals;
}
