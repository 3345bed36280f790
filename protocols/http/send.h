#pragma once
#include "base/err.h"
#include "web/http/request.h"
#include "web/http/response.h"
#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
/*
 * Responses, as bytes on the connection.
 * Thread: loop thread only. Never blocks.
 */
/* Offers a response, head and body, to the kernel; lws keeps what it does not
 * take. request: what it answers; NULL: nothing that could be read. */
int send_response(struct lws *wsi, const struct response *response,
                  const struct request *request);
/* "Go on", to a client that waits with its body. */
int send_continue(struct lws *wsi);
/* The response to what is no request of ours, which is logged and counted. The
 * caller has lws close the connection. */
void send_refusal(struct lws *wsi, const struct err *err);
/* How long its body is, as sent. */
size_t send_body_len(const struct response *response);
