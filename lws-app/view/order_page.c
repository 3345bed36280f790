#include "view/order_page.h"
#include "base/json.h"
#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

struct order_page_row *order_page_row_new(int64_t id, int64_t version,
                                          const char *json, size_t len)
{
    struct order_page_row *row = mem_alloc(sizeof(*row) + len);

    if (!row)
        return NULL;
    atomic_init(&row->refs, 1);
    row->id = id;
    row->version = version;
    row->len = len;
    memcpy(row->json, json, len);
    return row;
}

struct order_page_row *order_page_row_ref(struct order_page_row *row)
{
    atomic_fetch_add_explicit(&row->refs, 1, memory_order_relaxed);
    return row;
}

/* Whether it was the last one who held it. */
static bool let_go(_Atomic unsigned *refs)
{
    return atomic_fetch_sub_explicit(refs, 1, memory_order_acq_rel) == 1;
}

void order_page_row_unref(struct order_page_row *row)
{
    if (row && let_go(&row->refs))
        mem_free(row);
}

struct order_page *order_page_new(size_t count)
{
    struct order_page *page =
        mem_zalloc(sizeof(*page) + count * sizeof(struct order_page_row *));

    if (!page)
        return NULL;
    atomic_init(&page->refs, 1);
    page->count = count;
    return page;
}

struct order_page *order_page_ref(struct order_page *page)
{
    atomic_fetch_add_explicit(&page->refs, 1, memory_order_relaxed);
    return page;
}

void order_page_unref(struct order_page *page)
{
    if (!page || !let_go(&page->refs))
        return;
    for (size_t i = 0; i < page->count; i++)
        order_page_row_unref(page->rows[i]);
    order_totals_unref(page->totals);
    mem_free(page->key);
    mem_free(page);
}

size_t order_page_bytes(const struct order_page *page)
{
    size_t bytes = sizeof(*page) + page->key_len;

    if (page->totals)
        bytes += order_totals_bytes(page->totals);
    for (size_t i = 0; i < page->count; i++)
        bytes += sizeof(struct order_page_row *) +
                 sizeof(struct order_page_row) + page->rows[i]->len;
    return bytes;
}

static bool has_same_ids(const struct order_page *a, const struct order_page *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (a->rows[i]->id != b->rows[i]->id)
            return false;
    }
    return true;
}

static bool is_same_row(const struct order_page_row *a,
                        const struct order_page_row *b)
{
    return a == b || (a->id == b->id && a->version == b->version);
}

bool order_page_equal(const struct order_page *a, const struct order_page *b)
{
    if (a->total != b->total || a->matching != b->matching ||
        a->start != b->start || a->count != b->count ||
        !order_totals_equal(a->totals, b->totals))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!is_same_row(a->rows[i], b->rows[i]))
            return false;
    }
    return true;
}

static void put_row(struct buf *out, const struct order_page_row *row)
{
    json_put_raw(out, NULL, row->json, row->len);
}

void order_page_put(struct buf *out, const struct order_page *page)
{
    json_put_int(out, "recordsTotal", page->total);
    json_put_int(out, "recordsFiltered", page->matching);
    if (page->totals)
        order_totals_put(out, page->totals, NULL, page->total_kinds);
    json_open_array(out, "data");
    for (size_t i = 0; i < page->count; i++)
        put_row(out, page->rows[i]);
    json_close_array(out);
}

static int compare_rows(const void *left, const void *right)
{
    const struct order_page_row *a = *(struct order_page_row *const *)left;
    const struct order_page_row *b = *(struct order_page_row *const *)right;

    return (a->id > b->id) - (a->id < b->id);
}

/* The rows of a page in order of their ids; NULL: no memory. */
static struct order_page_row **by_id(const struct order_page *page)
{
    size_t bytes = page->count * sizeof(struct order_page_row *);
    struct order_page_row **rows = mem_alloc(bytes);

    if (!rows)
        return NULL;
    if (page->count) {
        memcpy(rows, page->rows, bytes);
        qsort(rows, page->count, sizeof(*rows), compare_rows);
    }
    return rows;
}

/* The ones that are not among those that the client has. Short of memory it is
 * given them all. */
static void put_rows(struct buf *out, const struct order_page *from,
                     const struct order_page *to)
{
    struct order_page_row **had = by_id(from);
    bool is_open = false;

    for (size_t i = 0; i < to->count; i++) {
        struct order_page_row *const *found = NULL;

        if (i < from->count && is_same_row(from->rows[i], to->rows[i]))
            continue;
        if (had && from->count)
            found = bsearch(&to->rows[i], had, from->count, sizeof(*had),
                            compare_rows);
        if (found && is_same_row(*found, to->rows[i]))
            continue;
        if (!is_open)
            json_open_array(out, "rows");
        is_open = true;
        put_row(out, to->rows[i]);
    }
    if (is_open)
        json_close_array(out);
    mem_free(had);
}

void order_page_put_change(struct buf *out, const struct order_page *from,
                           const struct order_page *to)
{
    if (from->total != to->total)
        json_put_int(out, "recordsTotal", to->total);
    if (from->matching != to->matching)
        json_put_int(out, "recordsFiltered", to->matching);
    if (to->totals && !order_totals_equal(from->totals, to->totals))
        order_totals_put(out, to->totals, from->totals, to->total_kinds);
    if (!has_same_ids(from, to)) {
        json_open_array(out, "ids");
        for (size_t i = 0; i < to->count; i++)
            json_put_int(out, NULL, to->rows[i]->id);
        json_close_array(out);
    }
    put_rows(out, from, to);
}
