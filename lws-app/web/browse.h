#pragma once
#include "web/web.h"
#include <stdbool.h>
/*
 * The API in a browser: what a client that would rather have HTML than JSON
 * gets of any address under /api/ is one page, whose script asks for the JSON
 * and for the API's description. The handler runs all the same, so that the
 * page has the status that the JSON has.
 * Thread: as the handlers.
 */
bool browse_wanted(const struct request *request);
/* The page in place of the answer, with that status. */
int browse_respond(struct call *call, int status, struct err *err);
