#pragma once
#include "fanout/frame.h"
#include "protocols/orders/socket.h"
/*
 * Patches that were just made: sockets that look at one view, and have the same
 * page of it, are sent the same bytes, which are made once. Who is sent
 * something at another time has another page, so a few are kept.
 * Thread: loop thread only. Never blocks.
 */
/* What brings the client of a live view to the page; the caller's. NULL: it was
 * not made yet. */
struct frame *view_share_find(const struct socket_view *view,
                              const struct order_page *page);
/* It was made: by view_frame_put_patch(). */
void view_share_keep(const struct socket_view *view, struct order_page *page,
                     struct frame *frame);
void view_share_release(struct orders *orders); /* safe twice */
