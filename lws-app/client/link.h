#pragma once
#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>
/*
 * The client's side of the wire, on libwebsockets' client API and a libuv loop
 * of our own: HTTP requests one at a time, and one websocket beside them.
 * Thread: main alone. link_request() and link_wait() run the loop until what
 * they wait for is there; websocket hooks are called from in there.
 */
struct link;
struct lws;
struct link_answer {
    int status;
    struct buf body;
};
struct link_hooks {
    void (*opened)(void *arg);
    void (*frame)(void *arg, const char *text, size_t len);
    /* code: of the close frame; 0: none came, or it never opened (status: what
     * the handshake was answered with, 0: no answer). */
    void (*closed)(void *arg, int code, int status);
    void *arg;
};

/* url: http[s]://HOST[:PORT][/PATH]; every path is below that one. ca: PEM file
 * of the authorities to trust, in place of the system's; NULL: those.
 * ERR_INVALID, field "url" or "ca". */
int link_open(struct link **link, const char *url, const char *ca,
              struct err *err);
void link_close(struct link *link); /* NULL is fine */
uv_loop_t *link_loop(struct link *link);
/* For every request and the websocket from here on; NULL: none. Copied.
 * ERR_INVALID, field "token": what can't stand in a header, or is too long. */
int link_set_token(struct link *link, const char *token, struct err *err);

/* body NULL: none; else JSON. The answer is the caller's, to be released by
 * link_answer_release(), also after a failure. ERR_UNAVAILABLE: no answer. */
int link_request(struct link *link, const char *method, const char *path,
                 const struct buf *body, struct link_answer *answer,
                 struct err *err);
void link_answer_release(struct link_answer *answer); /* safe twice */

/* Opens the websocket /data/stream/; one of the hooks tells how it went. */
int link_follow(struct link *link, const struct link_hooks *hooks,
                struct err *err);
int link_send(struct link *link, const struct buf *text, struct err *err);
void link_drop(struct link *link); /* closes the websocket, if there is one */
/* One more websocket, of crowd.h: member is handed to its callback. protocol:
 * NULL asks for none. NULL: can't connect. */
struct lws *link_connect_member(struct link *link, void *member,
                                const char *protocol, struct lws **wsi);
/* The login of a handshake; token NULL: the link's. in and len as lws gave
 * them. */
int link_add_token(struct link *link, struct lws *wsi, const char *token,
                   void *in, size_t len);
/* Runs the loop until *flag. */
void link_wait(struct link *link, const bool *flag);
