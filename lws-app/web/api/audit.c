#include "web/api/audit.h"
#include "base/json.h"
#include "model/accounts/user.h"
#include "model/audit_query.h"
#include "web/api/handlers.h"
#include "web/query/args.h"
#include "web/query/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define PAGE_SIZE 50

static int put_changes(struct buf *body, const struct audit_row *row,
                       struct err *err)
{
    if (row->event)
        return history_put_changes(body, "changes", row->event, err);
    json_put_raw(body, "changes", row->detail, row->detail_len);
    return 0;
}

static int put_row(void *arg, const struct audit_row *row, struct err *err)
{
    struct buf *body = arg;
    char id[32];

    snprintf(id, sizeof(id), "%s-%lld", row->event ? "event" : "audit",
             (long long)row->id);
    json_open(body);
    json_put_str(body, "id", id);
    json_put_time(body, "time", row->time_us);
    json_put_str(body, "actor", row->actor);
    json_put_str(body, "address", row->address);
    json_put_str(body, "action", row->action);
    json_put_str(body, "subject", row->subject);
    if (row->event)
        json_put_int(body, "order", row->event->order_id);
    else
        json_put_null(body, "order");
    if (put_changes(body, row, err) < 0)
        return -1;
    /* What was placed or removed; a change says what it changed. */
    if (row->event && row->event->kind != EVENT_UPDATE)
        json_put_raw(body, "state", row->event->body, row->event->body_len);
    else
        json_put_null(body, "state");
    json_close(body);
    return buf_check(body, err);
}

static int read_user(struct call *call, const char *name, int64_t *id,
                     struct err *err)
{
    const char *username = args_text(&call->request->args, name);
    struct err found = ERR_INIT;
    struct user user;

    if (!username)
        return 0;
    if (user_find(call->db, username, &user, &found) == 0) {
        *id = user.id;
        return 0;
    }
    if (found.code != ERR_MISSING) {
        *err = found;
        return -1;
    }
    err_field(err, name, "there is no such user");
    return 0;
}

/* "12.34": the next page is of events below 12 and of rows of the audit below
 * 34. */
static int read_cursor(const char *text, struct audit_query *query,
                       struct err *err)
{
    size_t digits = text ? strspn(text, "0123456789") : 0;
    size_t more;

    if (!text)
        return 0;
    more = text[digits] == '.' ? strspn(text + digits + 1, "0123456789") : 0;
    if (digits < 1 || digits > 18 || more < 1 || more > 18 ||
        text[digits + 1 + more])
        return err_field(err, "cursor", "invalid cursor");
    query->before_event = strtoll(text, NULL, 10);
    query->before_audit = strtoll(text + digits + 1, NULL, 10);
    return 0;
}

static int read_query(struct call *call, struct audit_query *query,
                      struct err *err)
{
    const struct params *args = &call->request->args;
    const char *action = args_text(args, "action");

    memset(query, 0, sizeof(*query));
    if (args_check(args, call->route->query, err) < 0)
        return -1;
    query->order = args_int(args, "order", 0);
    query->since_us = args_time(args, "since", INT64_MIN);
    query->until_us = args_time(args, "until", INT64_MAX);
    query->max = (int)args_int(args, "page_size", PAGE_SIZE);
    snprintf(query->action, sizeof(query->action), "%s", action ? action : "");
    read_cursor(args_text(args, "cursor"), query, err);
    if (read_user(call, "actor", &query->actor, err) < 0 ||
        read_user(call, "subject", &query->subject, err) < 0)
        return -1;
    return err->code ? -1 : 0;
}

static int put_list(struct call *call, struct audit_query *query,
                    struct err *err)
{
    struct buf *body = &call->response->body;
    char cursor[48];
    bool more;

    response_begin(call->response, 200, "application/json");
    json_open(body);
    json_open_array(body, "results");
    if (audit_query_run(call->db, query, &more, put_row, body, err) < 0)
        return -1;
    json_close_array(body);
    snprintf(cursor, sizeof(cursor), "%lld.%lld",
             (long long)query->before_event, (long long)query->before_audit);
    link_put(call, "next", "cursor", more ? cursor : NULL);
    json_close(body);
    return 0;
}

int audit_put_recent(struct call *call, const char *key, int max,
                     struct err *err)
{
    struct buf *body = &call->response->body;
    struct audit_query query = {
        .since_us = INT64_MIN, .until_us = INT64_MAX, .max = max};
    bool more;

    json_open_array(body, key);
    if (audit_query_run(call->db, &query, &more, put_row, body, err) < 0)
        return -1;
    json_close_array(body);
    return 0;
}

/* Rows that do not fit are passed over. */
static bool is_filtered(const struct audit_query *query)
{
    return query->actor || query->subject || *query->action ||
           query->since_us != INT64_MIN || query->until_us != INT64_MAX;
}

int audit_list(struct call *call, struct err *err)
{
    struct audit_query query;
    int rc;

    if (db_read_begin(call->db, err) < 0)
        return -1;
    rc = read_query(call, &query, err);
    if (rc == 0 && is_filtered(&query))
        rc = call_need_long(call, err);
    if (rc == 0)
        rc = put_list(call, &query, err);
    db_read_end(call->db);
    return rc;
}
