#pragma once
#include "base/err.h"
#include "web/http/response.h"
/*
 * Fills the named slots ({{name}}) of an HTML asset with escaped text.
 */
struct page_slot {
    const char *name;
    const char *text; /* NULL: empty */
};
/* asset: its path, such as "/assets/pages/login.html". slots end with a NULL
 * name; a slot of the asset that is not given is an ERR_INTERNAL, save for
 * {{base}}, which is the response's. */
int page_respond(struct response *response, int status, const char *asset,
                 const struct page_slot *slots, struct err *err);
/* The message page for an error. */
void page_fail(struct response *response, const struct err *err);
