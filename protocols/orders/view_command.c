#include "protocols/orders/view_command.h"
#include "base/json.h"
#include "fanout/pace.h"
#include "web/http/params.h"
#include "web/query/datatables.h"
#include "web/query/list_query.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* Exact as a number of JSON's. */
#define START_MAX INT64_C(1000000000000)

static int read_id(const cJSON *object, struct view_command *command,
                   struct err *err)
{
    const char *id = cJSON_GetStringValue(json_get(object, "id"));
    size_t len = id ? strlen(id) : 0;
    bool is_bad = len == 0 || len >= VIEW_ID_MAX;

    for (size_t i = 0; i < len; i++)
        is_bad = is_bad || id[i] <= ' ' || id[i] > '~';
    if (is_bad)
        return err_field(err, "id",
                         "must be a string of 1 to %d visible ASCII characters",
                         VIEW_ID_MAX - 1);
    memcpy(command->id, id, len + 1);
    return 0;
}

static int read_anchor(const cJSON *object, struct view_command *command,
                       struct err *err)
{
    const cJSON *item = json_get(object, "anchor");

    if (!item)
        return 0;
    if (!cJSON_IsBool(item))
        return err_field(err, "anchor", "must be true or false");
    command->has_anchor = true;
    command->is_anchored = cJSON_IsTrue(item);
    return 0;
}

static int read_totals(const cJSON *object, struct view_command *command,
                       struct err *err)
{
    const cJSON *list = json_get(object, "totals");
    const cJSON *item;

    if (!list)
        return 0;
    if (!cJSON_IsArray(list))
        return err_field(err, "totals", "must be a list");
    cJSON_ArrayForEach(item, list)
    {
        const char *name = cJSON_GetStringValue(item);
        unsigned kind = 0;

        while (kind < TOTAL_KINDS &&
               (!name || strcmp(name, order_total_kind_name(kind)) != 0))
            kind++;
        if (kind == TOTAL_KINDS)
            return err_field(
                err, "totals",
                "may have side, status, instrument and status_side");
        command->totals |= TOTAL_BIT(kind);
    }
    return 0;
}

static int check_page(const struct order_query *query, const char *name,
                      struct err *err)
{
    if (query->limit < 1 || query->limit > VIEW_ROWS_MAX)
        return err_field(err, name, "must be from 1 to %d in a view",
                         VIEW_ROWS_MAX);
    return 0;
}

static int read_draw(const cJSON *item, struct view_command *command,
                     struct err *err)
{
    struct params none;
    struct datatables table;
    int rc;

    if (!cJSON_IsObject(item))
        return err_field(err, "params", "must be an object");
    params_init(&none);
    rc = datatables_read(&none, item, NULL, &table, err);
    if (rc == 0 && table.is_all)
        rc = err_field(err, "length", "must be from 1 to %d in a view",
                       VIEW_ROWS_MAX);
    if (rc == 0)
        rc = check_page(&table.query, "length", err);
    params_release(&none);
    if (rc < 0) {
        datatables_release(&table);
        return -1;
    }
    command->has_query = command->has_draw = true;
    command->draw = table.draw;
    command->query = table.query;
    memset(&table.query, 0, sizeof(table.query));
    datatables_release(&table);
    return 0;
}

/* Whose orders is the stream's to say; a cursor has no window. */
static int check_list(const struct params *params, struct err *err)
{
    static const char *const others[] = {"owner", "scope", "format", "cursor"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (params_get(params, others[i]))
            err_field(err, others[i], "can't be used in a view");
    }
    return err->code ? -1 : 0;
}

/* Where the window begins: any row, where a list has whole pages. */
static int read_start(const cJSON *item, int64_t *start, struct err *err)
{
    if (!cJSON_IsNumber(item) || item->valuedouble < 0 ||
        item->valuedouble > START_MAX ||
        floor(item->valuedouble) != item->valuedouble)
        return err_field(err, "start", "must be a whole number from 0");
    *start = (int64_t)item->valuedouble;
    return 0;
}

/* start: NULL, or in place of page. */
static int read_arguments(const cJSON *item, const cJSON *start,
                          struct order_query *query, struct err *err)
{
    struct params params;
    int rc = -1;

    params_init(&params);
    if (params_add_json(&params, item, err) == 0 &&
        check_list(&params, err) == 0 &&
        list_query_read(&params, query, err) == 0)
        rc = check_page(query, "page_size", err);
    if (rc == 0 && start)
        rc = params_get(&params, "page")
                 ? err_field(err, "start", "can't be combined with page")
                 : read_start(start, &query->offset, err);
    params_release(&params);
    return rc;
}

static int read_list(const cJSON *item, struct view_command *command,
                     struct err *err)
{
    struct order_query query = {.owner = 0};
    cJSON *list;
    cJSON *start;
    int rc;

    if (!cJSON_IsObject(item))
        return err_field(err, "query", "must be an object");
    list = cJSON_Duplicate(item, true);
    if (!list)
        return err_set(err, ERR_NOMEM, "no memory for a view");
    start = cJSON_DetachItemFromObjectCaseSensitive(list, "start");
    rc = read_arguments(list, start, &query, err);
    cJSON_Delete(start);
    cJSON_Delete(list);
    if (rc < 0) {
        order_query_release(&query);
        return -1;
    }
    command->has_query = true;
    command->query = query;
    return 0;
}

static int read_query(const cJSON *object, struct view_command *command,
                      struct err *err)
{
    const cJSON *params = json_get(object, "params");
    const cJSON *query = json_get(object, "query");

    if (params && query)
        return err_field(err, "query", "can't be combined with params");
    if (params)
        return read_draw(params, command, err);
    return query ? read_list(query, command, err) : 0;
}

int view_command_read(const cJSON *object, bool is_view,
                      struct view_command *command, struct err *err)
{
    memset(command, 0, sizeof(*command));
    if (read_id(object, command, err) < 0)
        return -1;
    if (!is_view)
        return 0;
    if (json_get_whole(object, "max_rate", 1, PACE_RATE_MAX, "frames a second",
                       &command->max_rate, err) < 0 ||
        read_anchor(object, command, err) < 0 ||
        read_totals(object, command, err) < 0)
        return -1;
    if (read_query(object, command, err) < 0)
        return -1;
    if (!command->has_query && !command->has_anchor && !command->max_rate)
        return err_field(err, "params",
                         "send params or query, or what is to change");
    return 0;
}

void view_command_release(struct view_command *command)
{
    order_query_release(&command->query);
    command->has_query = false;
}
