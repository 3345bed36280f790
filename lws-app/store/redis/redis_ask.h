#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * A question to whoever follows a channel, on connections of its own, which are
 * closed again.
 * Thread: the caller's, not a loop's. Blocks: for as long as it waits, beyond
 * the look-up of a host name.
 */
struct redis_question {
    const char *channel; /* where it is asked */
    const char *text;
    const char *answers; /* the channel that answers come on */
    int wait_ms;         /* in all */
    /* An answer, which lasts as long as the call; true: no other is needed. */
    bool (*answer)(void *arg, const char *bytes, size_t len);
    void *arg;
};

/* 0: it was asked, and is over. url: as redis_new(). ERR_UNAVAILABLE: there is
 * no Redis to be reached in time; ERR_STORE: it refuses, and why. */
int redis_ask(const char *url, const struct redis_question *question,
              struct err *err);
