#pragma once
#include "web/access/call.h"
/*
 * Links to other pages of what was asked for.
 * Thread: any. Never blocks.
 */
/* The request's own address with one argument changed, under key; value NULL:
 * null. */
void link_put(struct call *call, const char *key, const char *name,
              const char *value);
/* "next" (null without more) and "previous" of a list in numbered pages; page:
 * this one, from 1. */
void link_put_pages(struct call *call, int64_t page, bool more);
/* Appends the address that was asked for, as it can be asked for again; suffix:
 * what comes behind its path. */
void link_put_own(struct buf *to, const struct request *request,
                  const char *suffix);
