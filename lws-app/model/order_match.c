#include "model/order_match.h"
#include "base/mem.h"
#include "model/order_sort.h"
#include "model/query_sql.h"

#include <ctype.h>
#include <string.h>

#include "base/banned.h"

/* One way for a row to meet a term; any of its term's is enough. */
struct way {
    enum {
        WAY_ANYWHERE, /* the needle is in the row's text */
        WAY_SEGMENT,  /* in the one of column at */
        WAY_EQUAL,    /* numbers[at] and value */
        WAY_AT_LEAST,
        WAY_AT_MOST,
        WAY_TEXT,  /* the text at is the term's */
        WAY_NEVER, /* the term's value is none of the column's */
    } kind;
    int at;
    int64_t value;
};
struct test {
    const struct query_term *term;
    size_t anchor; /* the byte of a needle that is looked out for */
    size_t way_count;
    struct way ways[16];
};
struct match {
    const struct order_rows *rows;
    const struct order_query *query;
    size_t test_count;
    struct test tests[QUERY_TERMS];
    struct order_sort sort;
    struct order_hit *hits;
    size_t hit_count;
    size_t hit_cap;
    int64_t matching;
};

bool order_match_can(const struct order_query *query)
{
    for (size_t i = 0; i < query->term_count; i++) {
        const struct query_term *term = &query->terms[i];

        if (term->op == QUERY_MATCHES ||
            (term->op == QUERY_CONTAINS && term->text_len == 0))
            return false;
        for (size_t c = 0; c < order_columns_count; c++) {
            if (term->op == QUERY_CONTAINS && (term->columns & 1UL << c) &&
                order_rows_segment(&order_columns[c]) < 0)
                return false;
        }
    }
    return true;
}

static unsigned long searched_columns(void)
{
    unsigned long columns = 0;

    for (size_t i = 0; i < order_columns_count; i++)
        columns |= order_columns[i].flags & COLUMN_SEARCH ? 1UL << i : 0;
    return columns;
}

static int64_t find_choice(const struct order_column *column, const char *text)
{
    for (int i = 0; column->choices[i]; i++) {
        if (!strcmp(column->choices[i], text))
            return i;
    }
    return -1;
}

static struct way typed_way(const struct query_term *term,
                            const struct order_column *column)
{
    struct way way = {.kind = WAY_EQUAL, .at = order_rows_number(column)};

    if (way.at < 0) {
        way.kind = WAY_TEXT;
        way.at = order_rows_text(column);
        return way;
    }
    if (term->op != QUERY_EQUAL)
        way.kind = term->op == QUERY_AT_LEAST ? WAY_AT_LEAST : WAY_AT_MOST;
    if (column->type == COLUMN_CHOICE)
        way.value = find_choice(column, term->text);
    else if (term->text_len == 0)
        way.value = NUMBER_NULL;
    else if (!query_sql_number(column->type, term->text, term->text_len,
                               &way.value))
        way.kind = WAY_NEVER;
    return way;
}

/* Half of a row is digits, so that a letter of the needle is a better thing to
 * look out for. */
static size_t anchor_of(const struct query_term *term)
{
    for (size_t i = 0; i < term->text_len; i++) {
        if (isalpha((unsigned char)term->text[i]))
            return i;
    }
    return 0;
}

static void plan_test(struct test *test, const struct query_term *term)
{
    test->term = term;
    test->anchor = anchor_of(term);
    test->way_count = 0;
    if (term->op == QUERY_CONTAINS && term->columns == searched_columns()) {
        test->ways[test->way_count++] = (struct way){.kind = WAY_ANYWHERE};
        return;
    }
    for (size_t i = 0; i < order_columns_count; i++) {
        const struct order_column *column = &order_columns[i];

        if (!(term->columns & 1UL << i))
            continue;
        test->ways[test->way_count++] =
            term->op == QUERY_CONTAINS
                ? (struct way){.kind = WAY_SEGMENT,
                               .at = order_rows_segment(column)}
                : typed_way(term, column);
    }
}

/* Rows are short: memmem() would take longer to begin than this to end. */
static bool has_needle(const char *text, size_t len, const struct test *test)
{
    const struct query_term *term = test->term;
    const char *at = text + test->anchor;
    const char *end;

    if (len < term->text_len)
        return false;
    end = at + (len - term->text_len) + 1;
    while ((at = memchr(at, term->text[test->anchor], (size_t)(end - at)))) {
        if (!memcmp(at - test->anchor, term->text, term->text_len))
            return true;
        at++;
    }
    return false;
}

static bool meets_way(const struct order_rows *rows,
                      const struct order_slot *slot, const struct test *test,
                      const struct way *way)
{
    const char *text;
    size_t len;

    switch (way->kind) {
    case WAY_ANYWHERE:
        return has_needle(rows->text.data + slot->text, slot->text_len, test);
    case WAY_SEGMENT:
        text = order_slot_segment(rows, slot, way->at, &len);
        return has_needle(text, len, test);
    case WAY_EQUAL: return slot->numbers[way->at] == way->value;
    case WAY_AT_LEAST:
        return slot->numbers[way->at] != NUMBER_NULL &&
               slot->numbers[way->at] >= way->value;
    case WAY_AT_MOST:
        return slot->numbers[way->at] != NUMBER_NULL &&
               slot->numbers[way->at] <= way->value;
    case WAY_TEXT:
        return !strcmp(order_slot_text(rows, slot, (enum order_text)way->at),
                       test->term->text);
    case WAY_NEVER: break;
    }
    return false;
}

static bool meets(const struct match *match, const struct order_slot *slot)
{
    for (size_t i = 0; i < match->test_count; i++) {
        const struct test *test = &match->tests[i];
        size_t n = 0;

        while (n < test->way_count &&
               !meets_way(match->rows, slot, test, &test->ways[n]))
            n++;
        if (n == test->way_count)
            return false;
    }
    return true;
}

static bool add_hit(struct match *match, const struct order_slot *slot)
{
    if (match->hit_count == match->hit_cap) {
        size_t cap = match->hit_cap ? match->hit_cap * 2 : 256;
        struct order_hit *hits = mem_realloc(match->hits, cap * sizeof(*hits));

        if (!hits)
            return false;
        match->hits = hits;
        match->hit_cap = cap;
    }
    match->hits[match->hit_count++] = (struct order_hit){
        .key = order_sort_key(&match->sort, slot),
        .slot = (uint32_t)(slot - match->rows->slots),
    };
    return true;
}

static bool look_at(struct match *match, const struct order_slot *slot)
{
    int64_t before = match->query->before_id;

    if (slot->is_dead || !meets(match, slot))
        return true;
    match->matching++;
    return (before && slot->numbers[NUMBER_ID] >= before) ||
           add_hit(match, slot);
}

static bool look_at_all(struct match *match)
{
    for (size_t i = 0; i < match->rows->count; i++) {
        if (!look_at(match, &match->rows->slots[i]))
            return false;
    }
    return true;
}

/* The needle that the fewest rows can hold; NULL: all must be looked at. */
static const struct query_term *best_needle(const struct match *match,
                                            size_t *count)
{
    const struct query_term *best = NULL;

    /* Every eighth row costs as much as a look at all of them in a row. */
    *count = match->rows->count / 8;
    for (size_t i = 0; i < match->query->term_count; i++) {
        const struct query_term *term = &match->query->terms[i];
        size_t named;

        if (term->op != QUERY_CONTAINS || term->text_len < ORDER_GRAM)
            continue;
        named =
            order_grams_rarest(&match->rows->grams, term->text, term->text_len);
        if (named <= *count) {
            best = term;
            *count = named;
        }
    }
    return best;
}

static bool look_at_named(struct match *match, const struct query_term *needle,
                          size_t most)
{
    uint32_t *named = mem_alloc(most * sizeof(*named));
    bool is_done = named != NULL;
    size_t count = 0;

    if (named)
        count = order_grams_find(&match->rows->grams, needle->text,
                                 needle->text_len, named);
    for (size_t i = 0; i < count && is_done; i++)
        is_done = look_at(match, &match->rows->slots[named[i]]);
    mem_free(named);
    return is_done;
}

static bool cut_page(struct match *match, struct order_match_page *page)
{
    const struct order_query *query = match->query;
    size_t start = match->hit_count;
    size_t count;

    if (query->offset < (int64_t)start)
        start = (size_t)query->offset;
    count = match->hit_count - start;
    if (query->limit < (int64_t)count)
        count = (size_t)query->limit;
    page->ids = mem_alloc(count * sizeof(*page->ids));
    if (!page->ids)
        return false;
    order_sort_page(&match->sort, match->hits, match->hit_count, start, count);
    for (size_t i = 0; i < count; i++)
        page->ids[i] =
            match->rows->slots[match->hits[start + i].slot].numbers[NUMBER_ID];
    page->count = count;
    page->matching = match->matching;
    return true;
}

bool order_match_run(const struct order_rows *rows,
                     const struct order_query *query,
                     struct order_match_page *page)
{
    struct match *match = mem_alloc(sizeof(*match));
    const struct query_term *needle;
    size_t most;
    bool is_done = false;

    if (!match)
        return false;
    match->rows = rows;
    match->query = query;
    match->hits = NULL;
    match->hit_count = match->hit_cap = 0;
    match->matching = 0;
    match->test_count = query->term_count;
    for (size_t i = 0; i < query->term_count; i++)
        plan_test(&match->tests[i], &query->terms[i]);
    order_sort_init(&match->sort, rows, query);
    needle = best_needle(match, &most);
    if (needle ? look_at_named(match, needle, most) : look_at_all(match))
        is_done = cut_page(match, page);
    mem_free(match->hits);
    mem_free(match);
    return is_done;
}
