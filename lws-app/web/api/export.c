#include "base/mem.h"
#include "view/order_export.h"
#include "web/api/handlers.h"
#include "web/http/pack.h"
#include "web/query/list_query.h"
#include "web/query/scope.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define OWN_MAX 4 /* of one user in one worker */
#define RETRY_S 5

static const char *const types[EXPORT_FORMATS] = {
    [EXPORT_CSV] = "text/csv; charset=utf-8",
    [EXPORT_NDJSON] = "application/x-ndjson"};

/* All rows that match: no page of them. */
static bool is_safe(const struct params *args)
{
    const char *safe = params_get(args, "safe");

    return safe && !strcmp(safe, "1");
}

static int refuse_pages(const struct params *args, struct err *err)
{
    static const char *const names[] = {"page", "page_size", "cursor"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (params_get(args, names[i]))
            err_field(err, names[i], "can't be combined with format=%s",
                      params_get(args, "format"));
    }
    if (is_safe(args) && strcmp(params_get(args, "format"), "csv") != 0)
        err_field(err, "safe", "works only with format=csv");
    return err->code ? -1 : 0;
}

/* A file stays until a client has taken it, so a slow one costs room on the
 * disk. */
static int take_place(struct call *call, _Atomic int64_t **place,
                      struct err *err)
{
    _Atomic int64_t *users = call->web->export_users;
    int own = 0;

    for (size_t i = 0; i < WEB_EXPORTS_MAX; i++)
        own += atomic_load(&users[i]) == call->actor.user;
    for (size_t i = 0; own < OWN_MAX && !*place && i < WEB_EXPORTS_MAX; i++) {
        int64_t nobody = 0;

        /* Another thread may be looking too. */
        if (atomic_compare_exchange_strong(&users[i], &nobody,
                                           call->actor.user))
            *place = &users[i];
    }
    if (own >= OWN_MAX)
        err_set(err, ERR_THROTTLED,
                "%d of your exports are still being sent: wait for them",
                OWN_MAX);
    else if (!*place)
        err_set(err, ERR_UNAVAILABLE, "too many exports are being sent");
    if (err->code) {
        err->retry_after_s = RETRY_S;
        return -1;
    }
    return 0;
}

static void answer(struct call *call, const struct order_export *export)
{
    struct response *response = call->response;
    char text[128];

    response_begin(response, 200, types[export->format]);
    snprintf(text, sizeof(text), "attachment; filename=\"orders.%s\"",
             export_format_name(export->format));
    response_header(response, "content-disposition", text);
    snprintf(text, sizeof(text), "%s:%lld", call->web->meta.epoch,
             (long long)export->position);
    response_header(response, "x-position", text);
    snprintf(text, sizeof(text), "%lld", (long long)export->rows);
    response_header(response, "x-count", text);
    response->file = export->fd;
    response->file_len = export->bytes;
    response->gzip = export->is_packed;
}

/* As they were placed, so that an import places them in this order. */
static void order_by_age(struct order_query *query)
{
    if (query->order_count)
        return;
    query->orders[query->order_count++].column =
        (size_t)(order_column_find("id", 2) - order_columns);
}

int orders_export(struct call *call, struct err *err)
{
    const struct params *args = &call->request->args;
    struct order_query *query = mem_zalloc(sizeof(*query));
    struct order_export export = {.fd = -1,
                                  .bytes_max = call->web->export_bytes};
    _Atomic int64_t *place = NULL;
    int rc = -1;

    if (!query)
        return err_set(err, ERR_NOMEM, "no memory for a query");
    export_format_read(params_get(args, "format"), &export.format);
    export.is_safe = is_safe(args);
    export.is_packed = pack_is_wanted(call->request);
    if (list_query_read(args, query, err) < 0 || refuse_pages(args, err) < 0)
        goto out;
    order_by_age(query);
    if (scope_read(call, query, err) < 0 || take_place(call, &place, err) < 0 ||
        export_open(call->web->export_folder, &export.fd, err) < 0 ||
        order_export_run(call->db, query, &export, err) < 0)
        goto out;
    answer(call, &export);
    call->response->file_user = place;
    refusals_note(call->web->refusals, REFUSAL_EXPORT, call->request->address,
                  call->actor.user);
    rc = 0;
out:
    if (rc < 0 && export.fd >= 0)
        close(export.fd);
    if (rc < 0 && place)
        atomic_store(place, 0);
    order_query_release(query);
    mem_free(query);
    return rc;
}
