#pragma once
#include "base/err.h"
#include <libwebsockets.h>
#include <stdbool.h>
#include <stdint.h>
/*
 * The rest of an answer that the kernel did not take at once. lws sends it by
 * itself, but only while it also reads, and whatever it then reads (the next
 * request, or that the client has closed its half) ends the connection in
 * mid-answer. So reading is off until the rest is out, and what is writable is
 * seen here, by a copy of the socket. A client that takes less than the least
 * rate is cut off.
 * Thread: loop thread only. Never blocks.
 */
struct unsent;

/* *unsent is set to NULL once all is out, and must stay where it is until then.
 * len: of the whole answer, which lws keeps until it is out; flow: whose it is;
 * drop: and then closes. To be called with the transaction completed, as far as
 * lws is told. Gives reading back by itself. ERR_UNAVAILABLE, ERR_THROTTLED,
 * ERR_NOMEM. */
int unsent_begin(struct unsent **unsent, struct lws *wsi, size_t len,
                 uint64_t flow, bool drop, struct err *err);
/* The same of an answer whose head is written and whose body is a file, from
 * its beginning on; a piece at a time, as the client takes it. Completes the
 * transaction by itself; drop: and then closes. file is the callee's;
 * *user is set to 0 when it is closed. */
int unsent_begin_file(struct unsent **unsent, struct lws *wsi, int file,
                      int64_t len, _Atomic int64_t *user, bool drop,
                      struct err *err);
void unsent_end(struct unsent *unsent); /* the connection's end; NULL is fine */
