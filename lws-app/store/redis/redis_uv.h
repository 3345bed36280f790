#pragma once
#include <hiredis/async.h>
#include <uv.h>
/*
 * Lets a uv loop drive one hiredis context. hiredis' own adapter forgets
 * events that come as an error, so that a refused connection is never heard
 * of; this one hands them on.
 * Thread: loop thread only. Never blocks.
 */
/* Before any callback of ac is set (setting one asks for events). 0, or -1:
 * then ac is as it was. The handle goes with ac, a turn of the loop later. */
int redis_uv_attach(redisAsyncContext *ac, uv_loop_t *loop);
