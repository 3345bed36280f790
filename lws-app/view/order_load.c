#include "base/mem.h"
#include "model/log/event.h"
#include "model/orders/order_json.h"
#include "view/order_list.h"
#include "view/order_match.h"
#include "view/order_view.h"
#include "view/order_view_private.h"

#include <string.h>

#include "base/banned.h"

#define ROW_MAX (64 * 1024) /* an order, and its key */

/* One draw of a load. */
struct draw {
    struct order_load *load;
    const struct order_match *match;
    struct order_ready ready;
    struct order_list list;
    int64_t window_start; /* whose rows are made at once; -1: none */
    struct buf key;
    struct buf json;
};

static void drop_entries(struct order_load *load)
{
    for (size_t i = 0; i < load->count; i++)
        order_view_entry_release(&load->entries[i]);
    load->count = 0;
}

void order_load_release(struct order_load *load)
{
    drop_entries(load);
    mem_free(load->entries);
    mem_free(load->anchor);
    order_tally_release(&load->tally);
    order_query_release(&load->query);
    memset(load, 0, sizeof(*load));
}

bool order_load_is_long(const struct order_load *load)
{
    return load->tally.kinds || order_list_is_long(&load->query);
}

static struct order_view_entry *add_entry(struct order_load *load)
{
    if (load->count == load->cap) {
        size_t cap = load->cap ? load->cap * 2 : 64;
        struct order_view_entry *entries =
            mem_realloc(load->entries, cap * sizeof(*entries));

        if (!entries)
            return NULL;
        load->entries = entries;
        load->cap = cap;
    }
    return &load->entries[load->count];
}

static bool is_in_window(const struct draw *draw)
{
    const struct order_load *load = draw->load;
    int64_t at = load->query.offset + (int64_t)load->count;

    return draw->window_start >= 0 && at >= draw->window_start &&
           at - draw->window_start < load->length;
}

static int take_row(void *arg, const struct order *order, struct err *err)
{
    struct draw *draw = arg;
    struct order_view_entry *entry = add_entry(draw->load);

    if (!entry || !order_ready_set(&draw->ready, order))
        return err_set(err, ERR_NOMEM, "no memory for a view");
    *entry = (struct order_view_entry){.id = order->id};
    buf_clear(&draw->key);
    order_match_put_key(draw->match, &draw->ready, &draw->key);
    buf_clear(&draw->json);
    if (is_in_window(draw))
        order_put_row(&draw->json, order);
    if (buf_check(&draw->key, err) < 0 || buf_check(&draw->json, err) < 0)
        return -1;
    entry->key = mem_strndup(draw->key.data, draw->key.len);
    entry->key_len = draw->key.len;
    if (draw->json.len)
        entry->row = order_page_row_new(order->id, order->version,
                                        draw->json.data, draw->json.len);
    draw->load->count++;
    if (!entry->key || (draw->json.len && !entry->row))
        return err_set(err, ERR_NOMEM, "no memory for a view");
    return 0;
}

/* Rows from on up to end, as far as there are any. */
static int read_rows(struct db *db, struct order_cache *cache,
                     struct draw *draw, int64_t from, int64_t end,
                     struct err *err)
{
    struct order_load *load = draw->load;

    drop_entries(load);
    load->query.offset = from > 0 ? from : 0;
    load->query.limit = end - load->query.offset;
    load->query.totals = true;
    if (order_list_run(db, cache, &load->query, &draw->list, take_row, draw,
                       err) < 0)
        return -1;
    load->lo = load->query.offset;
    load->position = draw->list.position;
    load->total = draw->list.total;
    load->matching = draw->list.matching;
    return 0;
}

/* Past the end, and for where an anchor stands, it is the row before that
 * tells. */
static int read_band(struct db *db, struct order_cache *cache,
                     struct draw *draw, struct err *err)
{
    const struct order_load *load = draw->load;
    int64_t margin = load->margin == 0 && load->anchor ? 1 : load->margin;

    return read_rows(db, cache, draw, load->start - margin,
                     load->start + load->length + margin, err);
}

/* Whether the rows that were read tell where the anchor stands: *start. */
static bool finds_anchor(struct order_load *load)
{
    size_t at = order_view_find(load->entries, load->count, load->anchor,
                                load->anchor_len);

    load->start = load->lo + (int64_t)at;
    /* Of no rows at all it is known only that there are none. */
    if (at == load->count)
        return (at > 0 || load->lo == 0) && load->start == load->matching;
    return at > 0 || load->lo == 0 ||
           order_view_compare_keys(load->entries[0].key,
                                   load->entries[0].key_len, load->anchor,
                                   load->anchor_len) == 0;
}

/* The first row that does not stand before the anchor, found by halves: there
 * are as many draws of one row as the number of rows has bits. */
static int seek_anchor(struct db *db, struct order_cache *cache,
                       struct draw *draw, struct err *err)
{
    struct order_load *load = draw->load;
    int64_t low = 0;
    int64_t high = load->matching;

    while (low < high) {
        int64_t middle = low + (high - low) / 2;

        if (read_rows(db, cache, draw, middle, middle + 1, err) < 0)
            return -1;
        if (load->count == 1 && order_view_find(load->entries, 1, load->anchor,
                                                load->anchor_len) == 1)
            low = middle + 1;
        else
            high = middle;
    }
    load->start = low;
    return 0;
}

static bool holds_window(const struct order_load *load)
{
    int64_t end = load->matching - load->start > load->length
                      ? load->start + load->length
                      : load->matching;

    return load->count > 0 && load->lo <= load->start &&
           load->lo + (int64_t)load->count >= end;
}

/* All of it in one snapshot. */
static int read_anchored(struct db *db, struct order_cache *cache,
                         struct draw *draw, struct err *err)
{
    struct order_load *load = draw->load;
    int rc = -1;

    draw->window_start = -1;
    if (db_read_begin(db, err) < 0)
        return -1;
    if (read_band(db, cache, draw, err) < 0)
        goto out;
    if (finds_anchor(load) && holds_window(load))
        rc = 0;
    else if (finds_anchor(load) || seek_anchor(db, cache, draw, err) == 0)
        rc = read_band(db, cache, draw, err);
out:
    db_read_end(db);
    return rc;
}

static int add_row(void *arg, const struct order *order, struct err *err)
{
    if (order_tally_add(arg, order, 1))
        return 0;
    return err_set(err, ERR_NOMEM, "no memory for totals");
}

/* Every row that matches. */
static int read_totals(struct db *db, struct order_cache *cache,
                       struct order_load *load, struct err *err)
{
    struct order_query all = load->query; /* borrows the filter */
    struct order_list list;

    all.offset = 0;
    all.limit = INT64_MAX;
    all.totals = false;
    all.order_count = 0;
    return order_list_run(db, cache, &all, &list, add_row, &load->tally, err);
}

static int read_all(struct db *db, struct order_cache *cache, struct draw *draw,
                    struct err *err)
{
    struct order_load *load = draw->load;
    int rc = -1;

    if (!load->tally.kinds)
        return load->anchor ? read_anchored(db, cache, draw, err)
                            : read_band(db, cache, draw, err);
    /* In one snapshot. */
    if (db_read_begin(db, err) < 0)
        return -1;
    if ((load->anchor ? read_anchored(db, cache, draw, err)
                      : read_band(db, cache, draw, err)) == 0)
        rc = read_totals(db, cache, load, err);
    db_read_end(db);
    return rc;
}

static int take_time(void *arg, const struct event *event, struct err *err)
{
    struct order_load *load = arg;

    (void)err;
    if ((load->query.owner == STREAM_ALL ? event->id : event->position) ==
        load->position)
        load->time_us = event->time_us;
    return 0;
}

/* When what it shows came to be so; 0 where that is purged. An event never
 * changes: this needs no snapshot. */
static int read_time(struct db *db, struct order_load *load, struct err *err)
{
    load->time_us = 0;
    if (load->position < 1)
        return 0;
    return event_read(db, load->query.owner, load->position - 1, 1, take_time,
                      load, err) < 0
               ? -1
               : 0;
}

int order_load_run(struct db *db, struct order_cache *cache,
                   struct order_load *load, struct err *err)
{
    struct draw draw = {.load = load, .window_start = load->start};
    struct order_match *match = NULL;
    int rc = -1;

    order_ready_init(&draw.ready);
    buf_init(&draw.key, ROW_MAX);
    buf_init(&draw.json, ROW_MAX);
    if (order_match_new(&load->query, &match, err) < 0)
        goto out;
    draw.match = match;
    rc = read_all(db, cache, &draw, err);
    if (rc == 0)
        rc = read_time(db, load, err);
out:
    order_match_free(match);
    order_ready_release(&draw.ready);
    buf_release(&draw.key);
    buf_release(&draw.json);
    return rc;
}
