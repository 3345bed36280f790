#pragma once
#include "web/access/call.h"
#include "web/http/condition.h"
/*
 * Versions of things that are changed over HTTP: their ETags, what a request
 * demands of them, and what is answered to one that demands another.
 * Thread: any. Never blocks.
 */
#define VERSION_ETAG_MAX 32
#define VERSION_OTHER (-1)

void version_write_etag(int64_t version, char etag[VERSION_ETAG_MAX]);
void version_put_etag(struct call *call, int64_t version);
/* The version that the request is meant for: 0 for any, VERSION_OTHER where
 * what it demands does not hold. now: of what there is; 0: nothing. ERR_INVALID
 * names a header that can't be read. */
int version_wanted(struct call *call, int64_t now, int64_t *version,
                   struct err *err);
/* Of a read. CONDITION_UNMODIFIED has been answered; with CONDITION_FAILS it is
 * for ERR_STALE. */
int version_read(struct call *call, int64_t now, enum condition *condition,
                 struct err *err);
/* The problem, and as "current", written by put, what there is now. */
typedef void version_put_fn(struct buf *out, const char *key, const void *what);
void version_answer_stale(struct call *call, int64_t now, version_put_fn *put,
                          const void *what, struct err *err);
