#pragma once
#include "base/err.h"
#include "store/redis/redis_url.h"
/*
 * TLS between hiredis and Redis (rediss://). hiredis 0.14 knows none: it speaks
 * over a pair of sockets, at whose other end a thread of the connection's own
 * does, until either side closes. The server's certificate must be for the
 * URL's host, and by an authority that is known.
 *
 * Thread: any. Never blocks but where it says so.
 */
/* fd: hiredis' socket to Redis, connected or on the way to be: it becomes one
 * end of such a pair, with the flags that it had. What fails later, as a
 * certificate may, closes it, and is logged, once a minute for a server.
 * ERR_UNAVAILABLE, ERR_NOMEM. */
int redis_tls_wrap(int fd, const struct redis_url *url, struct err *err);
/* Blocks until the threads of connections have ended, before the process does;
 * all connections must have been closed. Gives up after half a minute. */
void redis_tls_wait(void);
