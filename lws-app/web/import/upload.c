#include "web/import/upload.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/orders/order.h"
#include "web/api/handlers.h"
#include "web/api/order_told.h"
#include "web/http/reason.h"
#include "web/import/import_ids.h"
#include "web/import/import_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define FAULTS_MAX 100
#define SHOWN_MAX 20
#define LINES_MAX 1000000000
#define PIECE_MAX (4 * 1024 * 1024) /* of the answer */

struct upload {
    struct call *call;
    const char *text, *owner;
    struct import_options options;
    bool is_dry;
    int64_t lines_before;
    struct import_rows *rows;
    struct import_ids *ids;
    /* What has become of them. */
    int64_t row_count, placed, existing, fault_count;
    struct buf faults, shown, bearers;
    size_t shown_count;
};

static int read_text(const cJSON *field, const char **text, struct err *err)
{
    *text = cJSON_GetStringValue(field);
    return *text ? 0 : err_field(err, field->string, "must be a string");
}

static int read_format(const cJSON *field, enum import_format *format,
                       struct err *err)
{
    const char *text = cJSON_GetStringValue(field);

    if (text && !strcmp(text, "csv"))
        *format = IMPORT_CSV;
    else if (text && !strcmp(text, "ndjson"))
        *format = IMPORT_NDJSON;
    else
        return err_field(err, field->string, "must be csv or ndjson");
    return 0;
}

static int read_lines(const cJSON *field, int64_t *lines, struct err *err)
{
    double value = cJSON_IsNumber(field) ? field->valuedouble : -1;

    if (!(value >= 0 && value <= LINES_MAX) || trunc(value) < value)
        return err_field(err, field->string,
                         "must be a whole number from 0 to %d", LINES_MAX);
    *lines = (int64_t)value;
    return 0;
}

static int read_bool(const cJSON *field, bool *value, struct err *err)
{
    *value = cJSON_IsTrue(field);
    return cJSON_IsBool(field)
               ? 0
               : err_field(err, field->string, "must be true or false");
}

static int read_field(struct upload *upload, const cJSON *field,
                      struct err *err)
{
    const char *name = field->string;

    if (!strcmp(name, "text"))
        return read_text(field, &upload->text, err);
    if (!strcmp(name, "owner"))
        return read_text(field, &upload->owner, err);
    if (!strcmp(name, "decimal"))
        return read_text(field, &upload->options.decimal, err);
    if (!strcmp(name, "map"))
        return read_text(field, &upload->options.map, err);
    if (!strcmp(name, "format"))
        return read_format(field, &upload->options.format, err);
    if (!strcmp(name, "lines_before"))
        return read_lines(field, &upload->lines_before, err);
    if (!strcmp(name, "dry_run"))
        return read_bool(field, &upload->is_dry, err);
    return err_field(err, name, "unknown field");
}

static int read_body(struct upload *upload, struct err *err)
{
    const struct input *input;
    const cJSON *field;

    if (call_input(upload->call, &input, err) < 0)
        return -1;
    if (!cJSON_IsObject(input->json))
        return err_set(err, ERR_MALFORMED, "send one JSON object");
    cJSON_ArrayForEach(field, input->json)
    {
        read_field(upload, field, err);
    }
    if (!cJSON_GetObjectItemCaseSensitive(input->json, "text"))
        err_field(err, "text", "is required");
    if (!cJSON_GetObjectItemCaseSensitive(input->json, "format"))
        err_field(err, "format", "is required");
    return err->code ? -1 : 0;
}

/* A row names its own, or another, or nobody. */
static void give_owner(const struct upload *upload, struct order_draft *draft,
                       struct err *err)
{
    if (!upload->owner || !*upload->owner)
        return;
    if (draft->has & HAS_OWNER && strcmp(draft->owner_name, upload->owner) != 0)
        err_field(err, "owner", "is not the one of the whole file");
    draft->has |= HAS_OWNER;
    snprintf(draft->owner_name, sizeof(draft->owner_name), "%s", upload->owner);
}

/* Is it for who sends the file to mend? */
static bool is_of_row(enum err_code code)
{
    return code == ERR_INVALID || code == ERR_MALFORMED ||
           code == ERR_CONFLICT || code == ERR_FORBIDDEN || code == ERR_MISSING;
}

static void note_fault(struct upload *upload, int64_t line,
                       const struct err *err)
{
    if (upload->fault_count++ >= FAULTS_MAX)
        return;
    json_open(&upload->faults);
    json_put_int(&upload->faults, "line", line);
    json_put_str(&upload->faults, "detail", err_public_text(err));
    if (err->field_count)
        json_put_errors(&upload->faults, "errors", err);
    json_close(&upload->faults);
}

/* For who has more of the file to send: a repeat may be in another part. */
static void note_bearer(struct upload *upload, int64_t line,
                        const struct order *order)
{
    struct buf *out = &upload->bearers;

    if (!upload->is_dry || !order->client_order_id[0])
        return;
    json_open(out);
    json_put_int(out, "line", line);
    json_put_str(out, "owner", order->owner_name);
    json_put_str(out, "client_order_id", order->client_order_id);
    json_put_str(out, "instrument", order->instrument);
    json_put_str(out, "side", order_side_name(order->side));
    json_put_decimal(out, "quantity", order->quantity);
    json_put_decimal(out, "price", order->price);
    json_close(out);
}

static void note_order(struct upload *upload, int64_t line,
                       const struct order *order, bool existing)
{
    struct buf *out = &upload->shown;

    upload->placed += !existing;
    upload->existing += existing;
    if (!order_told_all(upload->call))
        return;
    if (!existing)
        note_bearer(upload, line, order);
    if (upload->shown_count >= SHOWN_MAX)
        return;
    upload->shown_count++;
    json_open(out);
    json_put_int(out, "line", line);
    json_put_str(out, "instrument", order->instrument);
    json_put_str(out, "owner", order->owner_name);
    json_put_str(out, "side", order_side_name(order->side));
    json_put_decimal(out, "quantity", order->quantity);
    json_put_decimal(out, "price", order->price);
    json_put_str(out, "status", order_status_name(order->status));
    json_put_bool(out, "existing", existing);
    json_close(out);
}

/* 1: there may be more; 0: that was all; -1: err, which is no row's. */
static int place_next(struct upload *upload, struct order_draft *draft,
                      struct order *order, struct err *err)
{
    struct err fault = ERR_INIT;
    bool existing = false;
    int64_t line = 0;
    int rc = import_rows_next(upload->rows, draft, &line, &fault);
    bool is_head = import_rows_lack_names(upload->rows);
    bool goes_on = upload->options.format == IMPORT_NDJSON && rc < 0;

    if (rc == 0)
        return 0;
    if (!is_head)
        line += upload->lines_before;
    if (++upload->row_count > ORDERS_AT_ONCE_MAX)
        return err_field(err, "text",
                         "more than %d rows: send the file in parts",
                         ORDERS_AT_ONCE_MAX);
    if (rc > 0)
        give_owner(upload, draft, &fault);
    if (rc > 0 && order_place(upload->call->db, &upload->call->actor, draft,
                              order, &existing, &fault) == 0) {
        note_order(upload, line, order, existing);
        return existing || import_ids_add(upload->ids, order, line, err) == 0
                   ? 1
                   : -1;
    }
    if (!is_of_row(fault.code)) {
        *err = fault;
        return -1;
    }
    if (rc > 0)
        import_ids_explain(upload->ids, draft, upload->call->actor.username,
                           &fault);
    order_told_hide(upload->call, &fault);
    note_fault(upload, line, &fault);
    return rc > 0 || (goes_on && fault.code == ERR_MALFORMED) ? 1 : 0;
}

static int place_all(struct upload *upload, struct err *err)
{
    struct order_draft *draft = mem_alloc(sizeof(*draft));
    struct order *order = mem_alloc(sizeof(*order));
    int rc = 1;

    if (!draft || !order)
        rc = err_set(err, ERR_NOMEM, "no memory for an order");
    while (rc == 1)
        rc = place_next(upload, draft, order, err);
    mem_free(draft);
    mem_free(order);
    return rc;
}

/* What is sent of a file is taken whole. */
static void put_problem(const struct upload *upload, struct response *response)
{
    struct buf *body = &response->body;
    char detail[96];

    snprintf(detail, sizeof(detail), "%lld of the rows %s: none is placed",
             (long long)upload->fault_count,
             upload->fault_count == 1 ? "has an error" : "have errors");
    response_begin(response, 400, "application/problem+json");
    json_open(body);
    json_put_str(body, "title", http_reason(400));
    json_put_int(body, "status", 400);
    json_put_str(body, "detail", detail);
    json_put_raw(body, "faults", upload->faults.data, upload->faults.len);
    json_close(body);
}

static void put_done(const struct upload *upload, struct response *response)
{
    struct buf *body = &response->body;

    response_begin(response, 200, "application/json");
    json_open(body);
    json_put_bool(body, "dry_run", upload->is_dry);
    json_put_int(body, "rows", upload->row_count);
    json_put_int(body, "placed", upload->placed);
    json_put_int(body, "existing", upload->existing);
    json_put_int(body, "fault_count", upload->fault_count);
    json_put_raw(body, "faults", upload->faults.data, upload->faults.len);
    json_put_raw(body, "orders", upload->shown.data, upload->shown.len);
    json_put_raw(body, "client_order_ids", upload->bearers.data,
                 upload->bearers.len);
    json_close(body);
}

static int answer(struct upload *upload, struct err *err)
{
    struct response *response = upload->call->response;

    json_close_array(&upload->faults);
    json_close_array(&upload->shown);
    json_close_array(&upload->bearers);
    if (buf_check(&upload->faults, err) < 0 ||
        buf_check(&upload->bearers, err) < 0 ||
        buf_check(&upload->shown, err) < 0)
        return -1;
    if (!upload->is_dry && upload->fault_count)
        put_problem(upload, response);
    else
        put_done(upload, response);
    return 0;
}

int orders_import(struct call *call, struct err *err)
{
    struct upload upload = {.call = call};
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    int rc = -1;

    buf_init(&upload.faults, PIECE_MAX);
    buf_init(&upload.shown, PIECE_MAX);
    buf_init(&upload.bearers, PIECE_MAX);
    json_open_array(&upload.faults, NULL);
    json_open_array(&upload.shown, NULL);
    json_open_array(&upload.bearers, NULL);
    upload.ids = import_ids_new(err);
    if (!upload.ids || read_body(&upload, err) < 0 ||
        import_rows_open_text(&upload.rows, &import_orders, upload.text,
                              strlen(upload.text), &upload.options, err) < 0 ||
        db_savepoint(call->db, &point, err) < 0 || place_all(&upload, err) < 0)
        goto out;
    call->orders = upload.row_count;
    if (upload.is_dry || upload.fault_count)
        db_rollback(&point);
    else if (db_release(&point, err) < 0)
        goto out;
    rc = answer(&upload, err);
out:
    db_rollback(&point);
    import_rows_close(upload.rows);
    import_ids_free(upload.ids);
    buf_release(&upload.faults);
    buf_release(&upload.shown);
    buf_release(&upload.bearers);
    return rc;
}
