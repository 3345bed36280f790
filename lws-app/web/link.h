#pragma once
#include "web/web.h"
/*
 * Links to other pages of what was asked for.
 * Thread: any. Never blocks.
 */
/* The request's own address with one argument changed, under key; value NULL:
 * null. */
void link_put(struct call *call, const char *key, const char *name,
              const char *value);
