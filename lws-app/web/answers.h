#pragma once
#include "web/web.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Pages of a user's own orders as they were last sent, each with the position
 * of the stream that it shows. One may be sent again only where the position
 * that this very request has read from the database is still the same: then no
 * order of that user has come, changed or gone.
 * Thread: loop thread only, save for answers_copy(). Never blocks for long.
 */
struct answers;
/* bytes_max: for all of them together; the ones kept first make room. NULL: no
 * memory. */
struct answers *answers_new(size_t bytes_max);
void answers_free(struct answers *answers); /* NULL is fine */
/* Whether an answer to the like of this request is kept, for whomever. */
bool answers_may_have(const struct answers *answers, const struct call *call);
/* The answer for call->actor at its position, if there is one; its bytes are
 * borrowed until the next answers_keep(). */
bool answers_take(const struct answers *answers, struct call *call);
/* The same on any thread, its bytes copied. */
bool answers_copy(struct answers *answers, struct call *call);
/* After the handler: keeps the answer where the handler has said that it may be
 * (call->keep). */
void answers_keep(struct answers *answers, const struct call *call);
