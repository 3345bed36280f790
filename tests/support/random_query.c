#include "support/random_query.h"
#include "model/orders/order_column.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

static uint64_t seed;

void random_begin(uint64_t usual)
{
    const char *given = getenv("LWSAPP_TEST_SEED");

    seed = given ? strtoull(given, NULL, 10) : usual;
    print_message("LWSAPP_TEST_SEED=%" PRIu64 "\n", seed);
}

uint64_t random_seed(void)
{
    return seed;
}

size_t random_pick(size_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (size_t)(seed >> 33) % n;
}

/* Fold alike: EDF01 and edf01, the sharp s, the two ways to write an accent,
 * wide letters, an i without its dot, the Kelvin sign; and some that sort
 * apart by bytes alone. */
static const char *const instruments[] = {
    "EDF01",
    "edf01",
    "Edf1",
    "AXA",
    "axa 12",
    "\xC3\x89t\xC3\xA9",
    "e\xCC\x81t\xC3\xA9",
    "9.5",
    "new",
    "Stra\xC3\x9F\x65",
    "STRASSE",
    "\xEF\xBC\xA5\xEF\xBC\xA4\xEF\xBC\xA6\x30\x31",
    "\xCE\xA3\xCE\xAF\xCF\x82",
    "\xC4\xB0i\xC4\xB1",
    "\xE2\x84\xAA",
    "\xF0\x9F\x93\x88",
    "100%_",
    "a'b\"c",
    "~",
};
static const char *const numbers[] = {
    "0",
    "1",
    "-1",
    "50000000",
    "-50000000",
    "950000000",
    "100000000",
    "1000000000",
    "123456789",
    "1050000000000",
    "9223372036854775807",
    "-9223372036854775807",
};
static const char *const clients[] = {"a", "A", "\xC3\x84", "\xC3\xA4", "b"};
static const char *const needles[] = {
    "e",         "EDF", "0",           "1",         "9.5",      "-",
    ".",         "new", "ss",          "L",         "",         "\xC3\xA9",
    "2026-01-0", "t0",  "z",           "12",        ":00:",     "zz",
    "a",         "ann", "00z",         "1.2",       "strasse",  "\xC3\x9F",
    "\xC2\xAD",  "K",   "92233720368", "\xC3\xA4-", "EDF01",    "%",
    "bo",        "_",   "i",           "filled",    "54775807", "sell",
};
static const char *const patterns[] = {
    "^e", "1$", "^new$", "buy", "^$", "ll", "^9", "a", "0",
};
static const char *const decimals[] = {
    "1",          "9.5",
    "0",          "-0.5",
    "10.00",      "92233720368.54775807",
    "0.00000001", "-92233720368.54775807",
};
static const char *const whole[] = {"1", "2", "7", "50", "0", "0199", "3"};
static const char *const times[] = {"2026-01-01", "2026-01-01T05:00:00Z",
                                    "2026-01-01T05:00:00.000001Z",
                                    "2026-01-01T12:00:00+07:00"};
static const char *const statuses[] = {
    "new", "filled", "canceled", "rejected", "expired", "partially_filled"};
static const char *const owners[] = {"ann", "Bob", "bob"};

const char *random_instrument(void)
{
    return RANDOM_PICK(instruments);
}

const char *random_number(void)
{
    return RANDOM_PICK(numbers);
}

const char *random_client(void)
{
    return RANDOM_PICK(clients);
}

const char *random_status(void)
{
    return RANDOM_PICK(statuses);
}

static unsigned long bit_of(const char *name)
{
    const struct order_column *column = order_column_find(name, strlen(name));

    assert_non_null(column);
    return 1UL << (column - order_columns);
}

static unsigned long searchable(void)
{
    unsigned long columns = 0;

    for (size_t i = 0; i < order_columns_count; i++)
        columns |= order_columns[i].flags & COLUMN_SEARCH ? 1UL << i : 0;
    return columns;
}

/* Columns of one type, as a typed condition has them. */
static unsigned long any_columns(enum column_type type)
{
    unsigned long columns = 0;
    size_t column;

    for (size_t tries = random_pick(3) + 1; tries > 0 || !columns;
         tries -= tries > 0) {
        column = random_pick(order_columns_count);
        /* Each choice has words of its own. */
        if (order_columns[column].type == type &&
            (type != COLUMN_CHOICE || !columns))
            columns |= 1UL << column;
    }
    return columns;
}

static bool may_be_null(unsigned long columns)
{
    for (size_t i = 0; i < order_columns_count; i++) {
        if ((columns & 1UL << i) && !(order_columns[i].flags & COLUMN_NULL))
            return false;
    }
    return true;
}

static void make_typed(struct idea *idea)
{
    static const char *const sides[] = {"buy", "sell"};
    enum column_type type = (enum column_type)random_pick(COLUMN_CHOICE + 1);

    idea->columns = any_columns(type);
    idea->op = QUERY_EQUAL;
    if (may_be_null(idea->columns) && random_pick(3) == 0) {
        idea->text = "";
        return;
    }
    if (type != COLUMN_TEXT && type != COLUMN_CHOICE)
        idea->op = (enum query_op)(QUERY_EQUAL + random_pick(5));
    switch (type) {
    case COLUMN_INT: idea->text = RANDOM_PICK(whole); break;
    case COLUMN_TEXT:
        idea->text =
            random_pick(2) ? RANDOM_PICK(instruments) : RANDOM_PICK(owners);
        break;
    case COLUMN_DECIMAL: idea->text = RANDOM_PICK(decimals); break;
    case COLUMN_TIME: idea->text = RANDOM_PICK(times); break;
    case COLUMN_CHOICE:
        idea->text = idea->columns == bit_of("side") ? RANDOM_PICK(sides)
                                                     : RANDOM_PICK(statuses);
        break;
    }
}

static void make_term(struct idea *idea)
{
    idea->kind = FILTER_TERM;
    if (random_pick(2)) {
        make_typed(idea);
        return;
    }
    idea->op = random_pick(3) ? QUERY_CONTAINS
                              : (enum query_op)random_pick(QUERY_MATCHES + 1);
    if (idea->op == QUERY_MATCHES)
        idea->text = RANDOM_PICK(patterns);
    else if (idea->op != QUERY_CONTAINS && random_pick(3) == 0)
        idea->text = random_pick(2) ? RANDOM_PICK(instruments) : "9.5";
    else
        idea->text = RANDOM_PICK(needles);
    if (random_pick(3) == 0)
        idea->columns = searchable();
    for (size_t i = random_pick(4) + 1; i > 0 && idea->columns != searchable();
         i--)
        idea->columns |= searchable() & 1UL << random_pick(order_columns_count);
}

/* One node with what is in it, if it is a group. */
static void make_node(struct ideas *ideas, size_t depth)
{
    struct idea *idea = &ideas->of[ideas->count++];
    size_t at = ideas->count;
    size_t children = 1;

    memset(idea, 0, sizeof(*idea));
    if (depth == QUERY_DEPTH || ideas->count > IDEAS_MAX / 4 ||
        random_pick(3) == 0) {
        make_term(idea);
        return;
    }
    idea->kind = (enum filter_kind)(FILTER_AND + random_pick(3));
    if (idea->kind != FILTER_NOT)
        children = random_pick(8) ? random_pick(3) + 1 : 0;
    for (; children > 0; children--)
        make_node(ideas, depth + 1);
    idea->count = ideas->count - at;
}

void random_ideas(struct ideas *ideas, size_t most)
{
    ideas->count = 0;
    for (size_t i = random_pick(most + 1); i > 0; i--)
        make_node(ideas, 0);
}
