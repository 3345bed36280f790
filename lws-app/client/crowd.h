#pragma once
#include "base/buf.h"
#include "client/link.h"
#include <libwebsockets.h>
/*
 * Many websockets of one link, all subscribed, for benches. Runs on the link's
 * loop. Members are numbered from 0 in the order they were asked for.
 * Thread: main alone.
 */
#define CROWD_MAX 100000

struct crowd;
struct crowd_hooks {
    /* A whole message of a subscribed member. */
    void (*frame)(void *arg, size_t member, const char *text, size_t len);
    /* What a member says once it is open, in place of options->command. NULL:
     * all say that. */
    void (*command)(void *arg, size_t member, struct buf *out);
    void *arg;
};
struct crowd_options {
    size_t count;
    /* One per member, in turn; 0: all are the link's. Borrowed. */
    const char *const *tokens;
    size_t token_count;
    /* The server is a bare one: a member is subscribed once it is open. */
    bool is_plain;
    /* Else what a member is opened for, and what it says then; NULL: "orders",
     * and that it subscribes. Borrowed. */
    const char *protocol, *command;
};

/* hooks->frame may be NULL. ERR_NOMEM. */
int crowd_new(struct crowd **crowd, struct link *link,
              const struct crowd_options *options,
              const struct crowd_hooks *hooks, struct err *err);
void crowd_free(struct crowd *crowd); /* after link_close(); NULL is fine */
/* Opens and subscribes all, some at a time. ERR_UNAVAILABLE: one did not get
 * through, and why. */
int crowd_gather(struct crowd *crowd, struct err *err);
size_t crowd_lost(const struct crowd *crowd); /* closed since gathered */

/* The link's protocol for members. */
int crowd_callback(struct lws *wsi, enum lws_callback_reasons reason,
                   void *user, void *in, size_t len);
