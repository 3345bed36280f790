#pragma once
#include <hiredis/async.h>
#include <stdbool.h>
/*
 * Lets a connection take only such replies as a Redis gives to what we ask.
 * hiredis believes its server: it makes room for as many elements as a reply
 * claims to have, and ends the process with an assertion over a reply that
 * nobody asked for or whose shape is not that of a message. To anything else
 * the answer is here that of no memory, which ends the connection.
 * Thread: loop thread only. Never blocks.
 */
/* Before anything is read. has_nested: replies of any shape, of up to 4,000,000
 * elements in an array, but only such as a command waits for. */
void redis_reply_guard(redisAsyncContext *ac, bool has_nested);
