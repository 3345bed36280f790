#include "view/client.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/orders/order_json.h"

#include <string.h>

#include "base/banned.h"

long frames_sent;
long frames_silent;

static int take_row(void *arg, const struct order *order, struct err *err)
{
    struct draw *draw = arg;
    struct buf row;

    (void)err;
    assert_true(draw->count < PAGE_ROWS);
    buf_init(&row, TEXT_MAX);
    order_put_row(&row, order);
    buf_put(&draw->text, row.data, row.len);
    buf_release(&row);
    draw->ids[draw->count] = order->id;
    draw->ends[draw->count++] = draw->text.len;
    return 0;
}

static int add_row(void *arg, const struct order *order, struct err *err)
{
    (void)err;
    assert_true(order_tally_add(arg, order, 1));
    return 0;
}

void draw_fresh(struct world *w, const struct order_view *view, int64_t start,
                unsigned kinds, struct draw *draw)
{
    struct order_query query;
    struct order_tally tally;
    struct order_list all;
    struct err err = ERR_INIT;

    memset(draw, 0, sizeof(*draw));
    buf_init(&draw->text, TEXT_MAX);
    assert_int_equal(order_query_copy(&query, order_view_query(view), &err), 0);
    query.offset = start;
    assert_int_equal(
        order_list_run(w->db, NULL, &query, &draw->list, take_row, draw, &err),
        0);
    query.offset = 0;
    query.limit = 100000;
    order_tally_init(&tally, kinds);
    assert_int_equal(
        order_list_run(w->db, NULL, &query, &all, add_row, &tally, &err), 0);
    order_query_release(&query);
    buf_init(&draw->totals, TEXT_MAX);
    if (tally.kinds) {
        struct order_totals *totals = order_tally_show(&tally);

        json_open(&draw->totals);
        order_totals_put(&draw->totals, totals, NULL, tally.kinds);
        json_close(&draw->totals);
        order_totals_unref(totals);
    }
    order_tally_release(&tally);
}

/* A group that is null is none any more. */
static void merge(cJSON *into, const cJSON *change)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, change)
    {
        cJSON *had = cJSON_GetObjectItemCaseSensitive(into, item->string);

        if (cJSON_IsObject(item) && had) {
            merge(had, item);
            continue;
        }
        cJSON_DeleteItemFromObjectCaseSensitive(into, item->string);
        if (!cJSON_IsNull(item))
            cJSON_AddItemToObject(into, item->string,
                                  cJSON_Duplicate(item, true));
    }
}

/* Objects that have come to be empty say no more than none. */
static void drop_empty(cJSON *object)
{
    cJSON *item = object->child;

    while (item) {
        cJSON *next = item->next;

        if (cJSON_IsObject(item))
            drop_empty(item);
        if (cJSON_IsObject(item) && !item->child)
            cJSON_Delete(cJSON_DetachItemViaPointer(object, item));
        item = next;
    }
}

static size_t place_of(const struct client *client, int64_t id)
{
    size_t i = 0;

    while (i < client->count && client->ids[i] != id)
        i++;
    return i;
}

static void client_clear(struct client *client)
{
    for (size_t i = 0; i < client->count; i++)
        mem_free(client->rows[i]);
    client->count = 0;
}

/* Of an object in the frame's text, its bytes. */
static char *text_of(const cJSON *row)
{
    char *text = cJSON_PrintUnformatted(row);
    char *copy = mem_strdup(text);

    cJSON_free(text);
    return copy;
}

static void client_apply(struct client *client, const cJSON *frame)
{
    const cJSON *ids = cJSON_GetObjectItem(frame, "ids");
    const cJSON *rows = cJSON_GetObjectItem(frame, "rows");
    const cJSON *total = cJSON_GetObjectItem(frame, "recordsTotal");
    const cJSON *matching = cJSON_GetObjectItem(frame, "recordsFiltered");
    const cJSON *item;
    struct client next = {.page = client->page,
                          .total = client->total,
                          .matching = client->matching};

    if (total)
        next.total = (int64_t)total->valuedouble;
    if (matching)
        next.matching = (int64_t)matching->valuedouble;
    next.count = ids ? (size_t)cJSON_GetArraySize(ids) : client->count;
    for (size_t i = 0; i < next.count; i++) {
        const cJSON *id = ids ? cJSON_GetArrayItem(ids, (int)i) : NULL;
        size_t had;

        next.ids[i] = id ? (int64_t)id->valuedouble : client->ids[i];
        had = place_of(client, next.ids[i]);
        if (had < client->count)
            next.rows[i] = mem_strdup(client->rows[had]);
        cJSON_ArrayForEach(item, rows)
        {
            if ((int64_t)cJSON_GetObjectItem(item, "id")->valuedouble !=
                next.ids[i])
                continue;
            mem_free(next.rows[i]);
            next.rows[i] = text_of(item);
        }
        assert_non_null(next.rows[i]);
    }
    if (cJSON_GetObjectItem(frame, "totals")) {
        if (!client->totals)
            client->totals = cJSON_CreateObject();
        merge(client->totals, cJSON_GetObjectItem(frame, "totals"));
        drop_empty(client->totals);
    }
    next.totals = client->totals;
    client_clear(client);
    *client = next;
}

/* As it is once parsed and written again. */
static void assert_same_row(const char *have, const char *want, size_t len)
{
    struct err err = ERR_INIT;
    cJSON *row = NULL;
    char *text;

    assert_int_equal(json_parse(want, len, &row, &err), 0);
    text = text_of(row);
    assert_string_equal(have, text);
    mem_free(text);
    cJSON_Delete(row);
}

static void check_totals(const struct client *client, const struct draw *draw)
{
    struct err err = ERR_INIT;
    cJSON *want = NULL;
    cJSON *totals;

    assert_int_equal(client->totals != NULL, draw->totals.len > 0);
    if (!client->totals)
        return;
    assert_int_equal(
        json_parse(draw->totals.data, draw->totals.len, &want, &err), 0);
    totals = cJSON_GetObjectItem(want, "totals");
    drop_empty(totals);
    assert_true(cJSON_Compare(client->totals, totals, true));
    cJSON_Delete(want);
}

static void client_check(const struct client *client, const struct draw *draw)
{
    size_t from = 0;

    check_totals(client, draw);

    assert_int_equal(client->total, draw->list.total);
    assert_int_equal(client->matching, draw->list.matching);
    assert_int_equal(client->count, draw->count);
    for (size_t i = 0; i < draw->count; i++) {
        assert_int_equal(client->ids[i], draw->ids[i]);
        assert_same_row(client->rows[i], draw->text.data + from,
                        draw->ends[i] - from);
        from = draw->ends[i];
    }
}

void client_send(struct client *client, struct order_page *page,
                 const struct draw *draw)
{
    struct err err = ERR_INIT;
    cJSON *frame = NULL;
    struct buf text;

    if (client->page && order_page_equal(client->page, page)) {
        frames_silent++;
        client_check(client, draw);
        return;
    }
    buf_init(&text, TEXT_MAX);
    json_open(&text);
    if (client->page) {
        order_page_put_change(&text, client->page, page);
    } else {
        order_page_put(&text, page);
    }
    json_close(&text);
    assert_int_equal(json_parse(text.data, text.len, &frame, &err), 0);
    if (client->page) {
        frames_sent++;
    } else {
        cJSON *data = cJSON_DetachItemFromObject(frame, "data");
        cJSON *ids = cJSON_AddArrayToObject(frame, "ids");
        const cJSON *row;

        cJSON_ArrayForEach(row, data)
        {
            cJSON_AddItemToArray(
                ids, cJSON_Duplicate(cJSON_GetObjectItem(row, "id"), true));
        }
        cJSON_AddItemToObject(frame, "rows", data);
    }
    client_apply(client, frame);
    cJSON_Delete(frame);
    buf_release(&text);
    order_page_unref(client->page);
    client->page = order_page_ref(page);
    client_check(client, draw);
}

void draw_release(struct draw *draw)
{
    buf_release(&draw->text);
    buf_release(&draw->totals);
}

void client_release(struct client *client)
{
    client_clear(client);
    cJSON_Delete(client->totals);
    order_page_unref(client->page);
}
