#pragma once
#include "web/access/call.h"
/*
 * Rows of the audit in other answers than its own list.
 * Thread: a reader's. Blocks on the database.
 */
/* The newest, at most max, as an array under key of the body. */
int audit_put_recent(struct call *call, const char *key, int max,
                     struct err *err);
