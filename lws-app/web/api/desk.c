#include "base/buf.h"
#include "model/orders/order_column.h"
#include "web/access/auth.h"
#include "web/api/handlers.h"
#include "web/http/page.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define COLUMNS_MAX 4096 /* of what is said of all columns */

/* What each path of the desk shows; the page reads the rest from the API. */
static const char *page_asset(const char *path)
{
    static const struct {
        const char *path;
        const char *asset;
    } pages[] = {
        {"/", "/assets/pages/dashboard.html"},
        {"/orders/<id>/", "/assets/pages/order.html"},
        {"/accounts/", "/assets/pages/account.html"},
        {"/admin/", "/assets/pages/admin.html"},
        {"/admin/orders/", "/assets/pages/admin_orders.html"},
        {"/admin/import/", "/assets/pages/admin_import.html"},
        {"/admin/users/", "/assets/pages/admin_users.html"},
        {"/admin/users/<id>/", "/assets/pages/admin_user.html"},
        {"/api/docs/", "/assets/pages/docs.html"},
        {"/admin/instruments/", "/assets/pages/admin_instruments.html"},
        {"/admin/audit/", "/assets/pages/admin_audit.html"},
    };

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (!strcmp(pages[i].path, path))
            return pages[i].asset;
    }
    return path;
}

static const char *role_word(const struct actor *actor)
{
    return actor->is_superuser ? "superuser"
           : actor->is_staff   ? "staff"
           : actor->user       ? "user"
                               : "";
}

/* "price:decimal:sort:search:chosen" for each column of an order. */
static void describe_columns(struct buf *out)
{
    static const char *const types[] = {
        [COLUMN_INT] = "int",         [COLUMN_TEXT] = "text",
        [COLUMN_DECIMAL] = "decimal", [COLUMN_TIME] = "time",
        [COLUMN_CHOICE] = "choice",
    };

    for (size_t i = 0; i < order_columns_count; i++) {
        const struct order_column *column = &order_columns[i];

        buf_printf(out, "%s%s:%s%s%s%s", i ? " " : "", column->name,
                   types[column->type],
                   column->flags & COLUMN_SORT ? ":sort" : "",
                   column->flags & COLUMN_SEARCH ? ":search" : "",
                   order_column_is_chosen(column) ? ":chosen" : "");
    }
}

int desk_respond(struct call *call, int status, const char *asset,
                 struct err *err)
{
    const struct actor *actor = &call->actor;
    char token[CSRF_TEXT_MAX] = "";
    char rights[32];
    bool is_due = second_factor_is_due(actor, call->web->staff_second_factor);
    struct buf columns;
    int result;

    if (call->by_cookie &&
        csrf_token(call->web, call->request, call->session, token, err) < 0)
        return -1;
    snprintf(rights, sizeof(rights), "%s %s %s", actor->may_add ? "add" : "",
             actor->may_change ? "change" : "",
             actor->may_delete ? "delete" : "");
    buf_init(&columns, COLUMNS_MAX);
    describe_columns(&columns);
    result = buf_check(&columns, err);
    if (result == 0) {
        const struct page_slot slots[] = {
            {"username", actor->username},
            {"role", role_word(actor)},
            {"rights", rights},
            {"columns", buf_text(&columns)},
            {"csrf_token", token},
            {"setup", is_due ? "due" : ""},
            {"path", call->request->path},
            {NULL, NULL},
        };

        result = page_respond(call->response, status, asset, slots, err);
    }
    buf_release(&columns);
    return result;
}

int desk_page(struct call *call, struct err *err)
{
    return desk_respond(call, 200, page_asset(call->route->path), err);
}
