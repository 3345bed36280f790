#pragma once
#include "web/access/call.h"
#include <stdbool.h>
/*
 * Browsers in which a user has logged in before: a cookie of a year says of
 * which ones, signed, without their names. It lets nobody in; it only spares
 * its bearer the wait of model/throttle.h's throttle_delay().
 * Thread: any. Never blocks.
 */
#define DEVICE_COOKIE "device"
#define DEVICE_USERS_MAX 4 /* the last that logged in there */

bool device_is_known(const struct call *call, const char *username);
/* Of call->actor, who has just logged in: into an answer that is begun. */
int device_remember(struct call *call, struct err *err);
