#pragma once
#include "base/err.h"
#include "web/http/request.h"
#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
/*
 * A request's head, as libwebsockets has it.
 * Thread: loop thread only. Never blocks.
 */
/* The request's method, path, arguments and the headers we read; not its body.
 * ERR_MALFORMED, ERR_METHOD (CONNECT), ERR_TARGET_LONG, ERR_HEADERS_LARGE.
 * Works in a websocket handshake too. peer: whom the connection is with; found
 * out where it is "" yet. */
int wire_read(struct lws *wsi, char peer[ADDRESS_MAX], struct request *request,
              struct err *err);
/* Of what is refused, what its answer depends on, as far as it is known:
 * method, path, Origin, and whom it is from. wire_read() does so by itself. */
void wire_read_refused(struct lws *wsi, struct request *request);
/* Whether there is such a header, if only an empty one. */
bool wire_has_header(struct lws *wsi, enum lws_token_indexes token);
/* A header's value, those of one name joined by ","; "": it is there, and
 * empty; NULL: there is none, or it is too long. out: its memory. */
const char *wire_header(struct lws *wsi, enum lws_token_indexes token,
                        char *out, size_t max);
/* Whether the client waits to be told to go on: Expect, a list, which may be
 * empty. HTTP/1.0 has none. ERR_EXPECTATION: it holds what we can't meet. */
int wire_read_expectation(struct lws *wsi, const struct request *request,
                          bool *is_expecting, struct err *err);
