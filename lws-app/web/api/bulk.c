#include "base/json.h"
#include "base/mem.h"
#include "model/orders/order.h"
#include "web/api/handlers.h"
#include "web/api/order_told.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define BULK_MAX 1000
/* An order takes at most 8 KiB. */
#define OUTCOME_MAX ((size_t)BULK_MAX * 8192 + 64)
/* Below it, a JSON number is a whole number exactly. */
#define NUMBER_MAX 999999999999999.0

enum action { ACTION_CANCEL, ACTION_DELETE };
static const char *const action_names[] = {"cancel", "delete"};
#define ACTIONS (sizeof(action_names) / sizeof(action_names[0]))

/* One of the orders that are named. */
struct target {
    int64_t id;
    int64_t version; /* 0: any */
};

static int read_number(const cJSON *value, const char *name, int64_t *number,
                       struct err *err)
{
    double given = cJSON_GetNumberValue(value);

    if (!cJSON_IsNumber(value) || given < 1 || given > NUMBER_MAX ||
        given != (double)(int64_t)given)
        return err_field(err, name, "must be a whole number, 1 or more");
    *number = (int64_t)given;
    return 0;
}

/* 7, or {"id":7,"version":3}. */
static int read_target(const cJSON *item, struct target *target,
                       struct err *err)
{
    const cJSON *field;

    memset(target, 0, sizeof(*target));
    if (!cJSON_IsObject(item))
        return read_number(item, "id", &target->id, err);
    cJSON_ArrayForEach(field, item)
    {
        if (!strcmp(field->string, "id"))
            read_number(field, "id", &target->id, err);
        else if (!strcmp(field->string, "version"))
            read_number(field, "version", &target->version, err);
        else
            err_field(err, field->string, "unknown field");
    }
    if (!cJSON_GetObjectItemCaseSensitive(item, "id"))
        err_field(err, "id", "is required");
    return err->code ? -1 : 0;
}

/* Each as it goes into the answer. */
struct outcome {
    struct buf orders;
    struct buf left;
    int64_t count; /* of orders */
};

static void put_left(struct call *call, struct buf *left,
                     const struct order *order, struct err *why)
{
    order_told_hide(call, why);
    json_open(left);
    json_put_int(left, "id", order->id);
    if (order_told_all(call))
        json_put_str(left, "status", order_status_name(order->status));
    json_put_str(left, "detail", err_public_text(why));
    json_close(left);
}

/* What is filled, rejected or expired is left, and the others are canceled. */
static int cancel(struct call *call, const struct target *target,
                  struct order *order, struct outcome *outcome, struct err *err)
{
    if (order_cancel(call->db, &call->actor, target->id, target->version, order,
                     err) == 0) {
        order_told_put(call, &outcome->orders, order);
        outcome->count++;
        return 0;
    }
    if (err->code != ERR_CONFLICT)
        return -1;
    put_left(call, &outcome->left, order, err);
    err_clear(err);
    return 0;
}

static int act(struct call *call, enum action action,
               const struct target *target, struct order *order,
               struct outcome *outcome, struct err *err)
{
    if (action == ACTION_CANCEL)
        return cancel(call, target, order, outcome, err);
    if (order_remove(call->db, &call->actor, target->id, target->version, order,
                     err) < 0)
        return -1;
    order_told_put(call, &outcome->orders, order);
    outcome->count++;
    return 0;
}

/* What the order itself stands in the way of, and not the request. */
static bool is_of_order(enum err_code code)
{
    return code == ERR_MISSING || code == ERR_STALE || code == ERR_CONFLICT;
}

/* Notes what is wrong with one of them, under its index, and lets the others be
 * looked at. -1: no use in going on. */
static int note(struct err *err, struct err *one, int index)
{
    char name[80];

    if (one->code == ERR_INVALID) {
        for (size_t i = 0; i < one->field_count; i++) {
            snprintf(name, sizeof(name), "orders.%d.%s", index,
                     one->fields[i].name);
            err_field(err, name, "%s", one->fields[i].text);
        }
        return 0;
    }
    if (!is_of_order(one->code)) {
        *err = *one;
        return -1;
    }
    snprintf(name, sizeof(name), "orders.%d", index);
    err_field(err, name, "%s", err_public_text(one));
    return 0;
}

static int act_on_all(struct call *call, enum action action,
                      const cJSON *targets, struct outcome *outcome,
                      struct err *err)
{
    struct order *order = mem_zalloc(sizeof(*order));
    bool all_readable = true;
    const cJSON *item;
    int index = 0;
    int rc = 0;

    if (!order)
        return err_set(err, ERR_NOMEM, "no memory for an order");
    cJSON_ArrayForEach(item, targets)
    {
        struct err one = ERR_INIT;
        struct target target;

        if (read_target(item, &target, &one) < 0 ||
            act(call, action, &target, order, outcome, &one) < 0) {
            all_readable = all_readable && one.code != ERR_INVALID;
            rc = note(err, &one, index);
        }
        if (rc < 0)
            break;
        index++;
    }
    mem_free(order);
    if (rc == 0 && err->code && all_readable)
        err->code = ERR_CONFLICT;
    return err->code ? -1 : 0;
}

static int read_action(const cJSON *body, enum action *action, struct err *err)
{
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "action"));

    for (size_t i = 0; text && i < ACTIONS; i++) {
        if (!strcmp(text, action_names[i])) {
            *action = (enum action)i;
            return 0;
        }
    }
    return err_field(err, "action", "must be cancel or delete");
}

static int read_body(const cJSON *body, enum action *action,
                     const cJSON **targets, struct err *err)
{
    const cJSON *field;
    int count;

    if (!cJSON_IsObject(body))
        return err_set(err, ERR_MALFORMED, "send one JSON object");
    cJSON_ArrayForEach(field, body)
    {
        if (strcmp(field->string, "action") != 0 &&
            strcmp(field->string, "orders") != 0)
            err_field(err, field->string, "unknown field");
    }
    read_action(body, action, err);
    *targets = cJSON_GetObjectItemCaseSensitive(body, "orders");
    count = cJSON_IsArray(*targets) ? cJSON_GetArraySize(*targets) : 0;
    if (count < 1 || count > BULK_MAX)
        err_field(err, "orders", "must be an array of 1 to %d orders",
                  BULK_MAX);
    return err->code ? -1 : 0;
}

static void answer(struct call *call, enum action action,
                   const struct outcome *outcome)
{
    struct buf *body = &call->response->body;

    response_begin(call->response, 200, "application/json");
    json_open(body);
    json_put_str(body, "action", action_names[action]);
    json_put_int(body, "count", outcome->count);
    json_put_raw(body, "orders", outcome->orders.data, outcome->orders.len);
    json_put_raw(body, "left", outcome->left.data, outcome->left.len);
    json_close(body);
}

/* An error in any makes the writer take back the rest. */
int orders_bulk(struct call *call, struct err *err)
{
    const struct input *input;
    const cJSON *targets = NULL;
    enum action action = ACTION_CANCEL;
    struct outcome outcome = {.count = 0};
    int rc = -1;

    buf_init(&outcome.orders, OUTCOME_MAX);
    buf_init(&outcome.left, OUTCOME_MAX);
    json_open_array(&outcome.orders, NULL);
    json_open_array(&outcome.left, NULL);
    if (call_input(call, &input, err) < 0 ||
        read_body(input->json, &action, &targets, err) < 0)
        goto out;
    call->orders = cJSON_GetArraySize(targets);
    if (act_on_all(call, action, targets, &outcome, err) < 0)
        goto out;
    json_close_array(&outcome.orders);
    json_close_array(&outcome.left);
    if (buf_check(&outcome.orders, err) < 0 ||
        buf_check(&outcome.left, err) < 0)
        goto out;
    answer(call, action, &outcome);
    rc = 0;
out:
    buf_release(&outcome.orders);
    buf_release(&outcome.left);
    return rc;
}
