#pragma once
#include "base/buf.h"
#include "protocols/orders/socket.h"
/*
 * The frames of a view.
 * Thread: loop thread only. Never blocks.
 */
#define VIEW_FRAME_MAX 1000000 /* bytes */

void view_frame_init(struct buf *out); /* of at most VIEW_FRAME_MAX bytes */
/* What it shows, whole. */
void view_frame_put_answer(struct buf *out, const struct socket_view *view,
                           const struct order_page *page);
/* What brings the client from what it has to that. */
void view_frame_put_patch(struct buf *out, const struct socket_view *view,
                          const struct order_page *page);
/* It is looked at otherwise; what the client has stays. */
void view_frame_put_changed(struct buf *out, const struct socket_view *view,
                            const char *ref);
void view_frame_put_refusal(struct buf *out, const char *verb, const char *id,
                            const char *ref, const char *code,
                            const struct err *err);
/* It has ended by itself. */
void view_frame_put_end(struct buf *out, const struct socket_view *view,
                        const char *code, const struct err *err);
