#include "web/access/auth.h"
#include "web/api/handlers.h"
#include "web/http/page.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

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

int desk_respond(struct call *call, int status, const char *asset,
                 struct err *err)
{
    const struct actor *actor = &call->actor;
    char token[CSRF_TEXT_MAX] = "";
    char rights[32];
    bool is_due = second_factor_is_due(actor, call->web->staff_second_factor);
    const struct page_slot slots[] = {
        {"username", actor->username},
        {"role", role_word(actor)},
        {"rights", rights},
        {"csrf_token", token},
        {"setup", is_due ? "due" : ""},
        {"path", call->request->path},
        {NULL, NULL},
    };

    if (call->by_cookie &&
        csrf_token(call->web, call->request, call->session, token, err) < 0)
        return -1;
    snprintf(rights, sizeof(rights), "%s %s %s", actor->may_add ? "add" : "",
             actor->may_change ? "change" : "",
             actor->may_delete ? "delete" : "");
    return page_respond(call->response, status, asset, slots, err);
}

int desk_page(struct call *call, struct err *err)
{
    return desk_respond(call, 200, page_asset(call->route->path), err);
}
