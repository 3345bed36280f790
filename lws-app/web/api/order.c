#include "base/json.h"
#include "base/mem.h"
#include "model/orders/order_column.h"
#include "model/orders/order_foresee.h"
#include "model/orders/order_json.h"
#include "web/api/handlers.h"
#include "web/api/order_input.h"
#include "web/api/order_told.h"
#include "web/api/version.h"
#include "web/http/condition.h"
#include "web/http/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* An array of a thousand orders. */
#define FORESEEN_BODY_MAX 262144

static void answer_order(struct call *call, int status,
                         const struct order *order)
{
    response_begin(call->response, status, "application/json");
    order_told_put(call, &call->response->body, order);
    if (order_told_all(call))
        version_put_etag(call, order->version);
}

static void put_location(struct call *call, const struct order *order)
{
    char path[WEB_BASE_MAX + 64];

    snprintf(path, sizeof(path), "%s/api/data/%lld/", call->web->base,
             (long long)order->id);
    response_header(call->response, "location", path);
}

static void put_order(struct buf *out, const char *key, const void *order)
{
    order_put_json(out, key, order);
}

/* The problem, and the row as it stands now, to whom may read it. */
static int answer_stale(struct call *call, const struct order *order,
                        struct err *err)
{
    order_told_hide(call, err);
    if (order_told_all(call)) {
        version_answer_stale(call, order->version, put_order, order, err);
    } else {
        problem_respond(call->response, err);
        err_clear(err);
    }
    return 0;
}

/* The version that the request is meant for. The model refuses VERSION_OTHER,
 * or what is wrong before it. */
static int read_version(struct call *call, struct order *order,
                        int64_t *version, struct err *err)
{
    enum condition condition;
    struct err missing = ERR_INIT;

    *version = 0;
    if (!condition_is_there(call->request))
        return 0;
    if (condition_check(call->request, NULL, &condition, err) < 0)
        return -1;
    if (order_get(call->db, &call->actor, call->id, true, order, &missing) <
        0) {
        if (missing.code == ERR_MISSING)
            return 0;
        *err = missing;
        return -1;
    }
    return version_wanted(call, order->version, version, err);
}

/* A field at fault stays in err and does not end it here: the model names what
 * is missing or not allowed beside it. -1: no order at all. */
static int read_draft(const cJSON *item, const struct params *form,
                      struct order_draft *draft, struct err *err)
{
    if (item)
        order_input_json(item, draft, err);
    else
        order_input_form(form, draft, err);
    return item && !cJSON_IsObject(item) ? -1 : 0;
}

static int place_one(struct call *call, const cJSON *item,
                     const struct params *form, struct order *order,
                     bool *existing, struct err *err)
{
    struct order_draft *draft = mem_zalloc(sizeof(*draft));
    int rc = -1;

    if (!draft)
        return err_set(err, ERR_NOMEM, "no memory for an order");
    if (read_draft(item, form, draft, err) == 0)
        rc = order_place(call->db, &call->actor, draft, order, existing, err);
    mem_free(draft);
    return rc;
}

static void add_faults(struct err *err, struct err *one, int index)
{
    char prefix[16];

    snprintf(prefix, sizeof(prefix), "%d.", index);
    err_prefix_fields(one, 0, prefix);
    for (size_t i = 0; i < one->field_count; i++)
        err_field(err, one->fields[i].name, "%s", one->fields[i].text);
}

static int check_one(struct call *call, const cJSON *item,
                     struct order_draft *draft, struct order *order,
                     struct err *err)
{
    memset(draft, 0, sizeof(*draft));
    if (read_draft(item, NULL, draft, err) < 0)
        return -1;
    return order_place_check(call->db, &call->actor, draft, order, err);
}

/* A fault in the last of them would make the writer take back all the rest. */
static int check_array(struct call *call, const cJSON *array,
                       struct order *order, struct err *err)
{
    struct order_draft *draft = mem_alloc(sizeof(*draft));
    const cJSON *item;
    int index = 0;

    if (!draft)
        return err_set(err, ERR_NOMEM, "no memory for an order");
    cJSON_ArrayForEach(item, array)
    {
        struct err one = ERR_INIT;

        if (check_one(call, item, draft, order, &one) < 0) {
            if (one.code != ERR_INVALID) {
                *err = one;
                break;
            }
            add_faults(err, &one, index);
        }
        index++;
    }
    mem_free(draft);
    return err->code ? -1 : 0;
}

/* All or none: a fault in any of them makes the writer take back the rest. */
static int place_array(struct call *call, const cJSON *array,
                       struct order *order, struct err *err)
{
    struct buf *body = &call->response->body;
    const cJSON *item;
    int count = cJSON_GetArraySize(array);
    bool existing = false;
    bool all_existing = true;
    int index = 0;

    if (count == 0 || count > ORDERS_AT_ONCE_MAX)
        return err_set(err, ERR_MALFORMED, "send 1 to %d orders",
                       ORDERS_AT_ONCE_MAX);
    call->orders = count;
    if (check_array(call, array, order, err) < 0)
        return -1;
    response_begin(call->response, 201, "application/json");
    json_open_array(body, NULL);
    cJSON_ArrayForEach(item, array)
    {
        struct err one = ERR_INIT;

        if (place_one(call, item, NULL, order, &existing, &one) < 0) {
            if (one.code != ERR_INVALID) {
                *err = one;
                return -1;
            }
            add_faults(err, &one, index);
        } else {
            all_existing = all_existing && existing;
            order_told_put(call, body, order);
        }
        index++;
    }
    json_close_array(body);
    if (err->code)
        return -1;
    if (all_existing)
        call->response->status = 200;
    return 0;
}

static void foresee_place(struct call *call, int64_t user, const cJSON *item,
                          const struct params *form)
{
    struct order_draft draft = {.has = 0};
    struct err err = ERR_INIT;

    if (read_draft(item, form, &draft, &err) == 0)
        order_foresee_place(call->db, user, &draft);
}

/* Who is known to have a login alone is read before it is looked at. */
void orders_foresee(struct call *call, int64_t user)
{
    const struct input *input;
    const cJSON *item;
    struct err err = ERR_INIT;

    if (call->id)
        order_foresee_change(call->db, user, call->id);
    if (call->route->handle != orders_create ||
        call->request->body.len > FORESEEN_BODY_MAX ||
        call_input(call, &input, &err) < 0)
        return;
    if (!cJSON_IsArray(input->json)) {
        foresee_place(call, user, input->json, &input->form);
        return;
    }
    cJSON_ArrayForEach(item, input->json)
    {
        foresee_place(call, user, item, NULL);
    }
}

int orders_create(struct call *call, struct err *err)
{
    struct order *order = mem_zalloc(sizeof(*order));
    const struct input *input;
    bool existing = false;
    int rc = -1;

    if (!order)
        return err_set(err, ERR_NOMEM, "no memory for an order");
    if (call_input(call, &input, err) < 0)
        goto out;
    if (cJSON_IsArray(input->json)) {
        rc = place_array(call, input->json, order, err);
        goto out;
    }
    if (place_one(call, input->json, &input->form, order, &existing, err) < 0)
        goto out;
    answer_order(call, existing ? 200 : 201, order);
    put_location(call, order);
    rc = 0;
out:
    mem_free(order);
    return rc;
}

static int change(struct call *call, bool replace, struct err *err)
{
    struct order *order = mem_zalloc(sizeof(*order));
    struct order_draft *draft = mem_zalloc(sizeof(*draft));
    const struct input *input;
    int64_t version;
    int rc = -1;

    if (!order || !draft) {
        err_set(err, ERR_NOMEM, "no memory for an order");
        goto out;
    }
    if (read_version(call, order, &version, err) < 0 ||
        call_input(call, &input, err) < 0 ||
        read_draft(input->json, &input->form, draft, err) < 0)
        goto out;
    rc = order_change(call->db, &call->actor, call->id, draft, replace, version,
                      order, err);
    if (rc == 0)
        answer_order(call, 200, order);
    else if (err->code == ERR_STALE)
        rc = answer_stale(call, order, err);
out:
    mem_free(draft);
    mem_free(order);
    return rc;
}

int order_replace(struct call *call, struct err *err)
{
    return change(call, true, err);
}

int order_update(struct call *call, struct err *err)
{
    return change(call, false, err);
}

int order_delete(struct call *call, struct err *err)
{
    struct order *order = mem_zalloc(sizeof(*order));
    int64_t version;
    int rc = -1;

    if (!order)
        return err_set(err, ERR_NOMEM, "no memory for an order");
    if (read_version(call, order, &version, err) == 0) {
        rc =
            order_remove(call->db, &call->actor, call->id, version, order, err);
        if (rc == 0)
            response_begin(call->response, 204, NULL);
        else if (err->code == ERR_STALE)
            rc = answer_stale(call, order, err);
    }
    mem_free(order);
    return rc;
}

static int show(struct call *call, const struct order *order, struct err *err)
{
    enum condition condition;

    if (version_read(call, order->version, &condition, err) < 0)
        return -1;
    if (condition == CONDITION_FAILS) {
        err_set(err, ERR_STALE, "order %lld is now at version %lld",
                (long long)order->id, (long long)order->version);
        return answer_stale(call, order, err);
    }
    if (condition == CONDITION_HOLDS)
        answer_order(call, 200, order);
    return 0;
}

int order_read(struct call *call, struct err *err)
{
    struct order *order = mem_zalloc(sizeof(*order));
    int rc;

    if (!order)
        return err_set(err, ERR_NOMEM, "no memory for an order");
    rc = order_get(call->db, &call->actor, call->id, call->actor.is_staff,
                   order, err);
    if (rc == 0)
        rc = show(call, order, err);
    mem_free(order);
    return rc;
}
