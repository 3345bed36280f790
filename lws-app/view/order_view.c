#include "view/order_view.h"
#include "base/mem.h"
#include "view/order_match.h"
#include "view/order_view_private.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

#define KEY_MAX (64 * 1024)

struct order_view {
    struct order_query query; /* its page is the window that was asked for */
    struct order_match *match;
    bool is_anchored;
    char *anchor; /* NULL: none, or none yet */
    size_t anchor_len;
    int64_t margin;
    int64_t margin_max;
    int64_t position;
    int64_t time_us;
    int64_t total;
    int64_t matching;
    bool is_known; /* the band is; else nothing is but the query */
    int64_t lo;    /* rows that match and stand before the band */
    size_t count;
    size_t cap;
    struct order_view_entry *entries;
    size_t key_bytes; /* of all entries */
    struct order_tally tally;
    struct buf key; /* of the row that is looked at */
};

void order_view_entry_release(struct order_view_entry *entry)
{
    order_page_row_unref(entry->row);
    mem_free(entry->key);
    entry->row = NULL;
    entry->key = NULL;
}

int order_view_compare_keys(const char *a, size_t a_len, const char *b,
                            size_t b_len)
{
    int sign = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return sign ? sign : (a_len > b_len) - (a_len < b_len);
}

size_t order_view_find(const struct order_view_entry *entries, size_t count,
                       const char *key, size_t key_len)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (order_view_compare_keys(entries[middle].key,
                                    entries[middle].key_len, key, key_len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int set_anchor(struct order_view *view, const char *key, size_t len,
                      struct err *err)
{
    char *copy = mem_strndup(key, len);

    if (!copy)
        return err_set(err, ERR_NOMEM, "no memory for a view");
    mem_free(view->anchor);
    view->anchor = copy;
    view->anchor_len = len;
    return 0;
}

int order_view_new(struct order_view **out, struct order_query *query,
                   const struct order_view_options *options, struct err *err)
{
    struct order_view *view = mem_zalloc(sizeof(*view));

    if (!view) {
        order_query_release(query);
        return err_set(err, ERR_NOMEM, "no memory for a view");
    }
    view->query = *query;
    memset(query, 0, sizeof(*query));
    buf_init(&view->key, KEY_MAX);
    view->margin = ORDER_VIEW_MARGIN;
    view->margin_max = ORDER_VIEW_MARGIN_MAX;
    view->position = -1;
    view->is_anchored = options->is_anchored;
    order_tally_init(&view->tally, options->totals);
    if (order_match_new(&view->query, &view->match, err) < 0 ||
        (options->anchor &&
         set_anchor(view, options->anchor, options->anchor_len, err) < 0)) {
        order_view_free(view);
        return -1;
    }
    *out = view;
    return 0;
}

static void forget_band(struct order_view *view)
{
    for (size_t i = 0; i < view->count; i++)
        order_view_entry_release(&view->entries[i]);
    mem_free(view->entries);
    view->entries = NULL;
    view->count = view->cap = view->key_bytes = 0;
    view->is_known = false;
}

void order_view_free(struct order_view *view)
{
    if (!view)
        return;
    forget_band(view);
    order_match_free(view->match);
    order_query_release(&view->query);
    mem_free(view->anchor);
    buf_release(&view->key);
    order_tally_release(&view->tally);
    mem_free(view);
}

const struct order_query *order_view_query(const struct order_view *view)
{
    return &view->query;
}

void order_view_set_margin(struct order_view *view, int64_t margin,
                           int64_t margin_max)
{
    view->margin = margin;
    view->margin_max = margin_max;
}

int64_t order_view_position(const struct order_view *view)
{
    return view->position;
}

size_t order_view_bytes(const struct order_view *view)
{
    return sizeof(*view) + view->query.filter.text_cap +
           view->query.filter.node_cap * sizeof(struct filter_node) +
           view->cap * sizeof(*view->entries) + view->key_bytes +
           view->anchor_len + view->key.cap + order_tally_bytes(&view->tally);
}

int order_view_begin_load(struct order_view *view, struct order_load *load,
                          struct err *err)
{
    memset(load, 0, sizeof(*load));
    if (order_query_copy(&load->query, &view->query, err) < 0)
        return -1;
    load->start = view->query.offset;
    load->length = view->query.limit;
    load->margin = view->margin;
    order_tally_init(&load->tally, view->tally.kinds);
    if (view->anchor) {
        load->anchor = mem_strndup(view->anchor, view->anchor_len);
        if (!load->anchor) {
            order_load_release(load);
            return err_set(err, ERR_NOMEM, "no memory for a view");
        }
        load->anchor_len = view->anchor_len;
    }
    if (view->margin < view->margin_max)
        view->margin = view->margin > 0 ? view->margin * 2 : 1;
    if (view->margin > view->margin_max)
        view->margin = view->margin_max;
    return 0;
}

void order_view_load(struct order_view *view, struct order_load *load)
{
    forget_band(view);
    view->position = load->position;
    view->time_us = load->time_us;
    view->total = load->total;
    view->matching = load->matching;
    view->lo = load->lo;
    view->entries = load->entries;
    view->count = load->count;
    view->cap = load->cap;
    for (size_t i = 0; i < view->count; i++)
        view->key_bytes += view->entries[i].key_len + 1;
    /* Past the end nothing is known, and nothing shown. */
    view->is_known = view->count > 0 || view->matching == 0;
    if (view->matching == 0)
        view->lo = 0;
    load->entries = NULL;
    load->count = load->cap = 0;
    order_tally_release(&view->tally);
    view->tally = load->tally;
    order_tally_init(&load->tally, 0);
}

/* The key of an order, in view->key. */
static int make_key(struct order_view *view, struct order_ready *order,
                    struct err *err)
{
    buf_clear(&view->key);
    order_match_put_key(view->match, order, &view->key);
    return buf_check(&view->key, err);
}

static size_t find_key(const struct order_view *view)
{
    return order_view_find(view->entries, view->count, view->key.data,
                           view->key.len);
}

static void cut_out(struct order_view *view, size_t at)
{
    view->key_bytes -= view->entries[at].key_len + 1;
    order_view_entry_release(&view->entries[at]);
    memmove(&view->entries[at], &view->entries[at + 1],
            (view->count - at - 1) * sizeof(*view->entries));
    view->count--;
    /* Without a row the band says nothing of where it is. */
    if (view->count > 0)
        return;
    view->is_known = view->matching == 0;
    if (view->is_known)
        view->lo = 0;
}

static int put_in(struct order_view *view, size_t at,
                  const struct order_view_event *event, struct err *err)
{
    struct order_view_entry *entries = view->entries;
    struct order_view_entry entry = {.id = event->order_id,
                                     .key_len = view->key.len};

    if (view->count == view->cap) {
        size_t cap = view->cap ? view->cap * 2 : 16;

        entries = mem_realloc(entries, cap * sizeof(*entries));
        if (!entries)
            return err_set(err, ERR_NOMEM, "no memory for a view");
        view->entries = entries;
        view->cap = cap;
    }
    entry.key = mem_strndup(view->key.data, view->key.len);
    if (!entry.key)
        return err_set(err, ERR_NOMEM, "no memory for a view");
    if (event->row)
        entry.row = order_page_row_ref(event->row);
    memmove(&entries[at + 1], &entries[at],
            (view->count - at) * sizeof(*entries));
    entries[at] = entry;
    view->count++;
    view->key_bytes += entry.key_len + 1;
    return 0;
}

static int lose_way(struct err *err)
{
    return err_set(err, ERR_MISSING, "a view must be loaded again");
}

enum place {
    ABOVE, /* the band */
    WITHIN,
    BELOW,
};

/* Where the row of that key stands, which is one of the view's. -1: the band is
 * not what it should be. */
static int place_row(const struct order_view *view, int64_t id, size_t *at,
                     struct err *err)
{
    *at = find_key(view);
    if (*at == view->count)
        return BELOW;
    if (*at > 0 ||
        order_view_compare_keys(view->entries[0].key, view->entries[0].key_len,
                                view->key.data, view->key.len) == 0)
        return view->entries[*at].id == id ? WITHIN : lose_way(err);
    return view->lo > 0 ? ABOVE : lose_way(err);
}

/* An order that the filter means leaves the view's rows. */
static int take(struct order_view *view, struct order_ready *order,
                struct err *err)
{
    size_t at;
    int place;

    view->matching--;
    if (!order_tally_add(&view->tally, order->order, -1))
        return lose_way(err);
    if (!view->is_known)
        return 0;
    if (make_key(view, order, err) < 0)
        return -1;
    place = place_row(view, order->order->id, &at, err);
    if (place == WITHIN)
        cut_out(view, at);
    else if (place == ABOVE)
        view->lo--;
    return place < 0 ? -1 : 0;
}

/* It changed, and stands where it stood. 1: done; 0: it moves. */
static int stay(struct order_view *view, const struct order_view_event *event,
                struct err *err)
{
    size_t at;
    int place = BELOW;

    if (order_match_may_move(view->match, event->changed))
        return 0;
    if (view->is_known) {
        if (make_key(view, event->before, err) < 0)
            return -1;
        place = place_row(view, event->order_id, &at, err);
    }
    if (place < 0)
        return -1;
    if (!order_tally_add(&view->tally, event->before->order, -1))
        return lose_way(err);
    if (!order_tally_add(&view->tally, event->after->order, 1))
        return err_set(err, ERR_NOMEM, "no memory for totals");
    if (place == WITHIN) {
        order_page_row_unref(view->entries[at].row);
        view->entries[at].row =
            event->row ? order_page_row_ref(event->row) : NULL;
    }
    return 1;
}

/* One comes to them. */
static int put(struct order_view *view, const struct order_view_event *event,
               struct err *err)
{
    bool is_at_end;
    size_t at;

    if (!order_tally_add(&view->tally, event->after->order, 1))
        return err_set(err, ERR_NOMEM, "no memory for totals");
    if (!view->is_known) {
        view->matching++;
        return 0;
    }
    is_at_end = view->lo + (int64_t)view->count == view->matching;
    view->matching++;
    if (make_key(view, event->after, err) < 0)
        return -1;
    at = find_key(view);
    if (at == 0 && view->lo > 0) {
        view->lo++; /* above the band */
        return 0;
    }
    if (at == view->count && !is_at_end)
        return 0; /* below it */
    return put_in(view, at, event, err);
}

/* What an order was is not known: its event is purged. */
static int take_unknown(struct order_view *view, int64_t id, struct err *err)
{
    /* Nor by how much the totals are less. */
    for (size_t i = 0; i < view->count && !view->tally.kinds; i++) {
        if (view->entries[i].id != id)
            continue;
        view->matching--;
        cut_out(view, i);
        return 0;
    }
    return lose_way(err);
}

/* By the filter alone. A side that there is not is not met. */
static int look(const struct order_view *view, struct order_ready *order,
                bool *is_met, struct err *err)
{
    *is_met = false;
    return order ? order_match_test(view->match, order, is_met, err) : 0;
}

static int apply(struct order_view *view, const struct order_view_event *event,
                 struct err *err)
{
    bool was_met;
    bool is_met;
    int stays = 0;

    if (look(view, event->before, &was_met, err) < 0)
        return -1;
    is_met = was_met;
    if ((!event->before || !event->after ||
         order_match_may_differ(view->match, event->changed)) &&
        look(view, event->after, &is_met, err) < 0)
        return -1;
    if (!event->before && !event->is_new &&
        take_unknown(view, event->order_id, err) < 0)
        return -1;
    if (was_met && is_met)
        stays = stay(view, event, err);
    if (stays < 0)
        return -1;
    if (!stays && ((was_met && take(view, event->before, err) < 0) ||
                   (is_met && put(view, event, err) < 0)))
        return -1;
    view->total += event->is_new - event->is_delete;
    view->position = event->position;
    view->time_us = event->time_us;
    return 0;
}

int order_view_apply(struct order_view *view,
                     const struct order_view_event *event, struct err *err)
{
    if (event->position <= view->position)
        return 0;
    if (event->position > view->position + 1)
        lose_way(err); /* what is between is purged */
    else if (apply(view, event, err) == 0)
        return 0;
    forget_band(view);
    view->position = -1;
    return -1;
}

/* How many rows stand before the window. */
static int64_t find_start(const struct order_view *view)
{
    size_t at;

    if (!view->anchor)
        return view->query.offset;
    at = order_view_find(view->entries, view->count, view->anchor,
                         view->anchor_len);
    return view->lo + (int64_t)at;
}

static int64_t find_end(const struct order_view *view, int64_t start)
{
    int64_t length = view->query.limit;

    return view->matching - start > length ? start + length : view->matching;
}

/* Whether the band's own beginning hides where the anchor is. */
static bool is_anchor_hidden(const struct order_view *view)
{
    return view->anchor && view->lo > 0 &&
           order_view_compare_keys(view->anchor, view->anchor_len,
                                   view->entries[0].key,
                                   view->entries[0].key_len) < 0;
}

bool order_view_is_covered(const struct order_view *view)
{
    int64_t start;
    int64_t end;

    if (view->position < 0)
        return false;
    if (!view->is_known)
        return !view->anchor && view->query.offset >= view->matching;
    if (view->count > 0 && is_anchor_hidden(view))
        return false;
    start = find_start(view);
    end = find_end(view, start);
    /* Behind the band's end, and rows beyond it: who knows which are its. */
    if (view->anchor && start == view->lo + (int64_t)view->count)
        return start == view->matching;
    if (start >= end)
        return true;
    return view->lo <= start && view->lo + (int64_t)view->count >= end;
}

/* Of rows that are far from the window only their number is kept. */
static void trim(struct order_view *view, int64_t start)
{
    int64_t above = start - view->lo - 2 * view->margin;
    int64_t room;

    if (above >= (int64_t)view->count)
        above = (int64_t)view->count - 1;
    if (above > 0) {
        for (int64_t i = 0; i < above; i++) {
            view->key_bytes -= view->entries[i].key_len + 1;
            order_view_entry_release(&view->entries[i]);
        }
        view->count -= (size_t)above;
        memmove(view->entries, view->entries + above,
                view->count * sizeof(*view->entries));
        view->lo += above;
    }
    room = start + view->query.limit + 2 * view->margin - view->lo;
    while (view->count > 1 && (int64_t)view->count > room) {
        view->count--;
        view->key_bytes -= view->entries[view->count].key_len + 1;
        order_view_entry_release(&view->entries[view->count]);
    }
}

static int fill_page(struct order_view *view, struct order_page *page,
                     order_view_row_fn *fn, void *arg, struct err *err)
{
    struct order_view_entry *entries;

    if (page->count == 0)
        return 0;
    entries = view->entries + (page->start - view->lo);
    for (size_t i = 0; i < page->count; i++) {
        if (!entries[i].row)
            entries[i].row = fn(arg, entries[i].id, err);
        if (!entries[i].row)
            return -1;
        page->rows[i] = order_page_row_ref(entries[i].row);
    }
    page->key = mem_strndup(entries[0].key, entries[0].key_len);
    if (!page->key)
        return err_set(err, ERR_NOMEM, "no memory for a page");
    page->key_len = entries[0].key_len;
    if (view->is_anchored)
        return set_anchor(view, page->key, page->key_len, err);
    return 0;
}

int order_view_page(struct order_view *view, order_view_row_fn *fn, void *arg,
                    struct order_page **out, struct err *err)
{
    int64_t start;
    int64_t end;
    struct order_page *page;

    assert(order_view_is_covered(view));
    start = find_start(view);
    end = find_end(view, start);
    page = order_page_new(end > start ? (size_t)(end - start) : 0);
    if (!page)
        return err_set(err, ERR_NOMEM, "no memory for a page");
    page->position = view->position;
    page->time_us = view->time_us;
    page->total = view->total;
    page->matching = view->matching;
    page->start = start;
    page->total_kinds = view->tally.kinds;
    if (view->tally.kinds)
        page->totals = order_tally_show(&view->tally);
    if (view->tally.kinds && !page->totals) {
        order_page_unref(page);
        return err_set(err, ERR_NOMEM, "no memory for totals");
    }
    trim(view, start);
    if (fill_page(view, page, fn, arg, err) < 0) {
        order_page_unref(page);
        return -1;
    }
    *out = page;
    return 0;
}
