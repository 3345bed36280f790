#include "model/table.h"
#include "base/json.h"
#include "model/orders/order_column.h"
#include "model/orders/order_json.h"
#include "model/orders/stream.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define FRAME_MAX 65536
#define LABEL "user:<Bob>"

struct table table_new(int64_t owner)
{
    return (struct table){.owner = owner, .orders = cJSON_CreateObject()};
}

void table_free(struct table *table)
{
    cJSON_Delete(table->orders);
    table->orders = NULL;
}

static const char *key_of(char text[32], int64_t id)
{
    snprintf(text, 32, "%" PRId64, id);
    return text;
}

static void table_put(struct table *table, cJSON *order)
{
    const cJSON *id = cJSON_GetObjectItem(order, "id");
    char key[32];

    assert_true(cJSON_IsNumber(id));
    key_of(key, (int64_t)id->valuedouble);
    cJSON_DeleteItemFromObject(table->orders, key);
    cJSON_AddItemToObject(table->orders, key, order);
}

static bool table_has(const struct table *table, int64_t id)
{
    char key[32];

    return cJSON_GetObjectItem(table->orders, key_of(key, id)) != NULL;
}

static void table_drop(struct table *table, int64_t id)
{
    char key[32];

    cJSON_DeleteItemFromObject(table->orders, key_of(key, id));
}

cJSON *frame_parse(const struct buf *frame)
{
    struct err err = ERR_INIT;
    cJSON *value = NULL;

    assert_int_equal(json_parse(frame->data, frame->len, &value, &err), 0);
    return value;
}

struct table table_read(struct world *w, int64_t owner)
{
    struct table table = table_new(owner);
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    struct order order;
    struct buf text;

    buf_init(&text, FRAME_MAX);
    assert_int_equal(db_prepare(w->db,
                                ORDER_SELECT "WHERE ?1 = 0 OR o.owner = ?1",
                                &stmt, &err),
                     0);
    db_bind_int(stmt, 1, owner);
    while (db_step(stmt, &err) == 1) {
        order_from_row(stmt, &order);
        buf_clear(&text);
        order_put_json(&text, NULL, &order);
        table_put(&table, frame_parse(&text));
    }
    db_done(&stmt);
    assert_int_equal(stream_position(w->db, owner, &table.position, NULL, &err),
                     0);
    buf_release(&text);
    return table;
}

static int64_t number(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(object, name);

    assert_true(cJSON_IsNumber(item));
    return (int64_t)item->valuedouble;
}

static const char *string(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));

    assert_non_null(text);
    return text;
}

static void apply_fold(struct table *table, cJSON *frame, int64_t to, bool more)
{
    cJSON *orders = cJSON_GetObjectItem(frame, "orders");
    const cJSON *deleted = cJSON_GetObjectItem(frame, "deleted");
    const cJSON *id;
    int count = cJSON_GetArraySize(orders) + cJSON_GetArraySize(deleted);

    assert_string_equal(string(frame, "type"), "folded");
    assert_string_equal(string(frame, "stream"), LABEL);
    assert_int_equal(number(frame, "from"), table->position);
    assert_int_equal(number(frame, "to"), to);
    assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(frame, "more")), more);
    assert_true(count <= STREAM_CHUNK_ITEMS && (count > 0 || !more));
    assert_true(to > table->position || !more);
    while (cJSON_GetArraySize(orders))
        table_put(table, cJSON_DetachItemFromArray(orders, 0));
    cJSON_ArrayForEach(id, deleted)
    {
        table_drop(table, (int64_t)id->valuedouble);
    }
    table->position = to;
}

void table_fold(struct table *table, struct world *w)
{
    bool more = true;

    while (more) {
        struct err err = ERR_INIT;
        struct buf text;
        cJSON *frame;
        int64_t to;

        buf_init(&text, FRAME_MAX);
        assert_int_equal(stream_fold(w->db, table->owner, LABEL,
                                     table->position, &text, &to, &more, &err),
                         0);
        assert_true(text.len <= STREAM_CHUNK_BYTES);
        frame = frame_parse(&text);
        apply_fold(table, frame, to, more);
        cJSON_Delete(frame);
        buf_release(&text);
    }
}

static void apply_event(struct table *table, cJSON *event)
{
    cJSON *order = cJSON_DetachItemFromObject(event, "order");
    const char *type = string(event, "type");
    int64_t id = number(order, "id");

    assert_string_equal(string(event, "stream"), LABEL);
    assert_int_equal(number(event, "seq"), table->position + 1);
    if (table->owner)
        assert_int_equal(number(order, "position"), table->position + 1);
    assert_int_equal(table_has(table, id), strcmp(type, "data.new") != 0);
    table->position++;
    if (strcmp(type, "data.delete")) {
        table_put(table, order);
        return;
    }
    table_drop(table, id);
    cJSON_Delete(order);
}

static int apply_replay(struct table *table, const struct buf *text)
{
    cJSON *frame = frame_parse(text);
    cJSON *events = cJSON_GetObjectItem(frame, "events");
    int count = cJSON_GetArraySize(events);

    assert_true(text->len <= STREAM_CHUNK_BYTES);
    assert_true(count > 0 && count <= STREAM_CHUNK_ITEMS);
    for (int i = 0; i < count; i++)
        apply_event(table, cJSON_GetArrayItem(events, i));
    cJSON_Delete(frame);
    return count;
}

int table_replay(struct table *table, struct world *w)
{
    struct err err = ERR_INIT;
    struct buf text;
    int64_t to = table->position;
    int count = 0;
    int rc;

    buf_init(&text, FRAME_MAX);
    do {
        buf_clear(&text);
        rc = stream_replay(w->db, table->owner, LABEL, table->position, &text,
                           &to, &err);
        if (text.len)
            count += apply_replay(table, &text);
        assert_int_equal(to, table->position);
    } while (!rc && text.len);
    if (rc)
        assert_int_equal(err.code, ERR_MISSING);
    buf_release(&text);
    return rc ? -1 : count;
}

void table_assert_equal(const struct table *a, const struct table *b)
{
    const cJSON *order;

    assert_int_equal(a->position, b->position);
    assert_int_equal(cJSON_GetArraySize(a->orders),
                     cJSON_GetArraySize(b->orders));
    cJSON_ArrayForEach(order, a->orders)
    {
        assert_true(cJSON_Compare(
            order, cJSON_GetObjectItem(b->orders, order->string), true));
    }
}
