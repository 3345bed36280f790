#pragma once
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>
/*
 * Memory whose size and time a client chooses: large bodies that come in, and
 * answers that are not taken. All of them together have a bound, and each flow
 * (flows.h), a user or a stranger's address, a quarter of it.
 * Thread: loop thread only.
 */
struct holds;
int holds_new(struct holds **holds, size_t max,
              struct err *err);       /* ERR_NOMEM */
void holds_free(struct holds *holds); /* NULL is fine */
/* ERR_UNAVAILABLE beyond what all may have, ERR_THROTTLED beyond what this flow
 * may, ERR_NOMEM. holds_give_back() ends it. */
int holds_take(struct holds *holds, uint64_t flow, size_t len, struct err *err);
void holds_give_back(struct holds *holds, uint64_t flow, size_t len);
size_t holds_sum(const struct holds *holds); /* bytes held now */
