#pragma once
#include "web/access/admit.h"
#include "web/access/call.h"
/*
 * From request to response.
 * Knows no socket. A handler gets a struct call, writes call->response and
 * returns 0, or -1 with err set, which web_run() turns into a problem answer.
 * On the writer -1 also takes back what the handler wrote.
 * Thread: web_route() on the loop; web_prepare() and web_run() on the thread
 * that the route (web/routes.h) names.
 */
struct answers;
/* Makes what is made once; its names must be set. ERR_NOMEM. */
int web_open(struct web *web, struct err *err);
void web_close(struct web *web); /* safe on a zeroed one */

/* Finds the route and fills call (request and response must be set by then).
 * Always gives one to run: unknown paths and methods have handlers too. */
void web_route(const struct web *web, struct call *call);
/* The routes by index, for what is counted per route. */
size_t web_route_index(const struct route *route);
/* RUN_HASH: the first half. A refusal is remembered in err, to be given to
 * web_fail(). */
int web_prepare(struct call *call, struct db *db, struct err *err);
/* Authenticates, checks the request, runs the handler. -1 with err set: call
 * web_fail() after the rollback. */
int web_run(struct call *call, struct db *db, struct err *err);
/* On the writer of a server, before that: what it will read, for db_foresee().
 * user: who is likely to ask; 0: it is not known. */
void web_foresee(struct call *call, int64_t user, struct db *db);
/* web_run() on the loop, without a database: where the route wants a login,
 * lookup_for_run() has been. */
int web_run_here(struct call *call, struct err *err);
/* The answer to what is no request that could have a route. request: what could
 * be read of it. */
void web_refuse(const struct web *web, const struct request *request,
                struct response *response, const struct err *err);
/* On the loop: whether the answer that is kept will do (answers.h), and if so
 * gives it. Whatever else is to be said of the request, web_run() says. */
bool web_run_kept(struct call *call, struct logins *logins,
                  const struct answers *answers);
/* The answer to an error. */
void web_fail(struct call *call, const struct err *err);
