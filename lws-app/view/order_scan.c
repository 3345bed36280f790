#include "view/order_scan.h"
#include "base/mem.h"
#include "view/order_sort.h"

#include <ctype.h>
#include <string.h>

#include "base/banned.h"

/* One way for a row to meet a condition; any of its condition's is enough. */
struct way {
    enum way_kind {
        WAY_ANYWHERE, /* the needle is in the row's text */
        WAY_SEGMENT,  /* in the one of column at */
        WAY_STARTS,   /* that one starts with it */
        WAY_ENDS,
        WAY_IS,
        WAY_EQUAL, /* numbers[at] and value */
        WAY_AT_LEAST,
        WAY_AT_MOST,
        WAY_ABOVE,
        WAY_BELOW,
        WAY_TEXT, /* the text at is the condition's */
    } kind;
    int at;
    int64_t value;
};
/* A node of the filter, and what to look at for it. */
struct test {
    enum filter_kind kind;
    size_t span; /* as the node's */
    const char *text;
    size_t text_len;
    bool has_grams; /* the text is a needle that is long enough for it */
    size_t anchor;  /* the byte of a needle that is looked out for */
    size_t way_count;
    struct way ways[ORDER_COLUMNS_MAX];
};
struct scan {
    const struct order_rows *rows;
    const struct order_query *query;
    struct test *tests;
    size_t test_count;
    order_slot_fn *fn; /* what a hit is told to; NULL: it is kept */
    void *arg;
    struct order_sort sort;
    struct order_hit *hits;
    size_t hit_count;
    size_t hit_cap;
    int64_t matching;
};

static bool can_test(const struct filter_node *node)
{
    if (node->kind != FILTER_TERM || query_op_is_typed(node->op))
        return true;
    if (node->op == QUERY_MATCHES || node->text_len == 0)
        return false;
    for (size_t i = 0; i < order_columns_count; i++) {
        if ((node->columns & 1UL << i) &&
            order_rows_segment(&order_columns[i]) < 0)
            return false;
    }
    return true;
}

bool order_scan_can(const struct order_query *query)
{
    for (size_t i = 0; i < query->filter.node_count; i++) {
        if (!can_test(&query->filter.nodes[i]))
            return false;
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

static struct way typed_way(const struct filter_node *node,
                            const struct order_column *column)
{
    static const enum way_kind kinds[] = {
        [QUERY_EQUAL] = WAY_EQUAL,     [QUERY_AT_LEAST] = WAY_AT_LEAST,
        [QUERY_AT_MOST] = WAY_AT_MOST, [QUERY_ABOVE] = WAY_ABOVE,
        [QUERY_BELOW] = WAY_BELOW,
    };
    struct way way = {.kind = kinds[node->op],
                      .at = order_rows_number(column),
                      .value = node->is_null ? NUMBER_NULL : node->number};

    if (way.at < 0) {
        way.kind = WAY_TEXT; /* that of what is null is "" */
        way.at = order_rows_text(column);
    }
    return way;
}

static struct way folded_way(const struct filter_node *node,
                             const struct order_column *column)
{
    static const enum way_kind kinds[] = {
        [QUERY_CONTAINS] = WAY_SEGMENT,
        [QUERY_STARTS] = WAY_STARTS,
        [QUERY_ENDS] = WAY_ENDS,
        [QUERY_IS] = WAY_IS,
    };

    return (struct way){.kind = kinds[node->op],
                        .at = order_rows_segment(column)};
}

/* Half of a row is digits, so that a letter of the needle is a better thing to
 * look out for. */
static size_t anchor_of(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (isalpha((unsigned char)text[i]))
            return i;
    }
    return 0;
}

static void plan_ways(struct test *test, const struct filter_node *node)
{
    for (size_t i = 0; i < order_columns_count; i++) {
        const struct order_column *column = &order_columns[i];

        if (!(node->columns & 1UL << i))
            continue;
        test->ways[test->way_count++] = query_op_is_folded(node->op)
                                            ? folded_way(node, column)
                                            : typed_way(node, column);
    }
}

static void plan_test(struct test *test, const struct order_filter *filter,
                      const struct filter_node *node)
{
    test->kind = node->kind;
    test->span = node->span;
    test->has_grams = false;
    test->way_count = 0;
    if (node->kind != FILTER_TERM)
        return;
    test->text = order_filter_text(filter, node);
    test->text_len = node->text_len;
    test->has_grams =
        query_op_is_folded(node->op) && test->text_len >= ORDER_GRAM;
    test->anchor = anchor_of(test->text, test->text_len);
    if (node->op == QUERY_CONTAINS && node->columns == searched_columns())
        test->ways[test->way_count++] = (struct way){.kind = WAY_ANYWHERE};
    else
        plan_ways(test, node);
}

/* Rows are short: memmem() would take longer to begin than this to end. */
static bool has_needle(const char *text, size_t len, const struct test *test)
{
    const char *at = text + test->anchor;
    const char *end;

    if (len < test->text_len)
        return false;
    end = at + (len - test->text_len) + 1;
    while ((at = memchr(at, test->text[test->anchor], (size_t)(end - at)))) {
        if (!memcmp(at - test->anchor, test->text, test->text_len))
            return true;
        at++;
    }
    return false;
}

static bool is_at_edge(const char *text, size_t len, const struct test *test,
                       enum way_kind kind)
{
    if (test->text_len > len || (kind == WAY_IS && test->text_len != len))
        return false;
    if (kind == WAY_ENDS)
        text += len - test->text_len;
    return !memcmp(text, test->text, test->text_len);
}

__attribute__((always_inline)) static inline bool
meets_way(const struct order_rows *rows, const struct order_slot *slot,
          const struct test *test, const struct way *way)
{
    const char *text;
    size_t len;

    switch (way->kind) {
    case WAY_ANYWHERE:
        return has_needle(rows->text.data + slot->text, slot->text_len, test);
    case WAY_SEGMENT:
        text = order_slot_segment(rows, slot, way->at, &len);
        return has_needle(text, len, test);
    case WAY_STARTS:
    case WAY_ENDS:
    case WAY_IS:
        text = order_slot_segment(rows, slot, way->at, &len);
        return is_at_edge(text, len, test, way->kind);
    case WAY_EQUAL: return slot->numbers[way->at] == way->value;
    case WAY_AT_LEAST:
        return slot->numbers[way->at] != NUMBER_NULL &&
               slot->numbers[way->at] >= way->value;
    case WAY_AT_MOST:
        return slot->numbers[way->at] != NUMBER_NULL &&
               slot->numbers[way->at] <= way->value;
    case WAY_ABOVE: /* nothing at all is above nothing */
        return slot->numbers[way->at] > way->value;
    case WAY_BELOW:
        return slot->numbers[way->at] != NUMBER_NULL &&
               slot->numbers[way->at] < way->value;
    case WAY_TEXT:
        return !strcmp(order_slot_text(rows, slot, (enum order_text)way->at),
                       test->text);
    }
    return false;
}

/* Inside the loop over all rows: a call for each condition of each would cost a
 * seventh. */
__attribute__((always_inline)) static inline bool
meets_any_way(const struct order_rows *rows, const struct order_slot *slot,
              const struct test *test)
{
    for (size_t i = 0; i < test->way_count; i++) {
        if (meets_way(rows, slot, test, &test->ways[i]))
            return true;
    }
    return false;
}

static bool meets_group(const struct order_rows *rows,
                        const struct order_slot *slot,
                        const struct test *group);

static bool meets(const struct order_rows *rows, const struct order_slot *slot,
                  const struct test *test)
{
    return test->kind == FILTER_TERM ? meets_any_way(rows, slot, test)
                                     : meets_group(rows, slot, test);
}

static bool meets_group(const struct order_rows *rows,
                        const struct order_slot *slot, const struct test *group)
{
    const struct test *end = group + group->span;
    bool is_or = group->kind == FILTER_OR;

    if (group->kind == FILTER_NOT)
        return !meets(rows, slot, group + 1);
    for (const struct test *at = group + 1; at < end; at += at->span) {
        if (meets(rows, slot, at) == is_or)
            return is_or;
    }
    return !is_or;
}

static bool meets_all(const struct scan *scan, const struct order_slot *slot)
{
    const struct test *end = scan->tests + scan->test_count;

    for (const struct test *at = scan->tests; at < end; at += at->span) {
        if (!(at->kind == FILTER_TERM ? meets_any_way(scan->rows, slot, at)
                                      : meets_group(scan->rows, slot, at)))
            return false;
    }
    return true;
}

static bool add_hit(struct scan *scan, const struct order_slot *slot)
{
    if (scan->hit_count == scan->hit_cap) {
        size_t cap = scan->hit_cap ? scan->hit_cap * 2 : 256;
        struct order_hit *hits = mem_realloc(scan->hits, cap * sizeof(*hits));

        if (!hits)
            return false;
        scan->hits = hits;
        scan->hit_cap = cap;
    }
    scan->hits[scan->hit_count++] = (struct order_hit){
        .key = order_sort_key(&scan->sort, slot),
        .slot = (uint32_t)(slot - scan->rows->slots),
    };
    return true;
}

static bool look_at(struct scan *scan, const struct order_slot *slot)
{
    int64_t before = scan->query->before_id;

    if (slot->is_dead || !meets_all(scan, slot))
        return true;
    if (scan->fn)
        return scan->fn(scan->arg, slot);
    scan->matching++;
    return (before && slot->numbers[NUMBER_ID] >= before) ||
           add_hit(scan, slot);
}

static bool look_at_all(struct scan *scan)
{
    for (size_t i = 0; i < scan->rows->count; i++) {
        if (!look_at(scan, &scan->rows->slots[i]))
            return false;
    }
    return true;
}

/* The needle that the fewest rows can hold, of those that every row must; NULL:
 * all must be looked at. */
static const struct test *best_needle(const struct scan *scan, size_t *count)
{
    const struct test *end = scan->tests + scan->test_count;
    const struct test *best = NULL;

    /* Every eighth row costs as much as a look at all of them in a row. */
    *count = scan->rows->count / 8;
    for (const struct test *at = scan->tests; at < end; at += at->span) {
        size_t named;

        if (!at->has_grams)
            continue;
        named = order_grams_rarest(&scan->rows->grams, at->text, at->text_len);
        if (named <= *count) {
            best = at;
            *count = named;
        }
    }
    return best;
}

static bool look_at_named(struct scan *scan, const struct test *needle,
                          size_t most)
{
    uint32_t *named = mem_alloc(most * sizeof(*named));
    bool is_done = named != NULL;
    size_t count = 0;

    if (named)
        count = order_grams_find(&scan->rows->grams, needle->text,
                                 needle->text_len, named);
    for (size_t i = 0; i < count && is_done; i++)
        is_done = look_at(scan, &scan->rows->slots[named[i]]);
    mem_free(named);
    return is_done;
}

static bool cut_page(struct scan *scan, struct order_scan_page *page)
{
    const struct order_query *query = scan->query;
    size_t start = scan->hit_count;
    size_t count;

    if (query->offset < (int64_t)start)
        start = (size_t)query->offset;
    count = scan->hit_count - start;
    if (query->limit < (int64_t)count)
        count = (size_t)query->limit;
    page->ids = mem_alloc(count * sizeof(*page->ids));
    if (!page->ids)
        return false;
    order_sort_page(&scan->sort, scan->hits, scan->hit_count, start, count);
    for (size_t i = 0; i < count; i++)
        page->ids[i] =
            scan->rows->slots[scan->hits[start + i].slot].numbers[NUMBER_ID];
    page->count = count;
    page->matching = scan->matching;
    return true;
}

static bool plan(struct scan *scan, const struct order_rows *rows,
                 const struct order_query *query)
{
    const struct order_filter *filter = &query->filter;

    memset(scan, 0, sizeof(*scan));
    scan->rows = rows;
    scan->query = query;
    scan->test_count = filter->node_count;
    scan->tests = mem_alloc(scan->test_count * sizeof(*scan->tests));
    if (!scan->tests)
        return false;
    for (size_t i = 0; i < filter->node_count; i++)
        plan_test(&scan->tests[i], filter, &filter->nodes[i]);
    order_sort_init(&scan->sort, rows, query);
    return true;
}

static bool look(struct scan *scan)
{
    size_t most;
    const struct test *needle = best_needle(scan, &most);

    return needle ? look_at_named(scan, needle, most) : look_at_all(scan);
}

bool order_scan_each(const struct order_rows *rows,
                     const struct order_query *query, order_slot_fn *fn,
                     void *arg)
{
    struct scan scan;
    bool is_done;

    if (!plan(&scan, rows, query))
        return false;
    scan.fn = fn;
    scan.arg = arg;
    is_done = look(&scan);
    mem_free(scan.tests);
    return is_done;
}

bool order_scan_run(const struct order_rows *rows,
                    const struct order_query *query,
                    struct order_scan_page *page)
{
    struct scan scan;
    bool is_done;

    if (!plan(&scan, rows, query))
        return false;
    is_done = look(&scan) && cut_page(&scan, page);
    mem_free(scan.hits);
    mem_free(scan.tests);
    return is_done;
}
