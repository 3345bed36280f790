#pragma once
#include "base/err.h"
#include "web/http/request.h"
#include <stdint.h>
/*
 * Whose turn a job takes at the queues (store/jobs/fair_queue.h): that of the
 * user who is logged in, or of the address of somebody who is not known yet. A
 * login is known once it has been found behind a request; that it may have
 * ended since makes no difference here, where nothing is allowed by it.
 * Thread: loop thread only.
 */
struct flows;
int flows_new(struct flows **flows, struct err *err); /* ERR_NOMEM */
void flows_free(struct flows *flows);                 /* NULL is fine */
uint64_t flows_of_user(int64_t user);
int64_t flows_user(uint64_t flow); /* whose it is; 0: a stranger's */
/* Of a stranger, by site (base/address.h). */
uint64_t flows_of_address(const struct flows *flows, const char *address);
uint64_t flows_of_request(const struct flows *flows,
                          const struct request *request);
/* The login of this request is that user's. user 0: nobody's. */
void flows_learn(struct flows *flows, const struct request *request,
                 int64_t user);
