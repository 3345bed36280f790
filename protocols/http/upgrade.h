#pragma once
#include <libwebsockets.h>
/*
 * The handshake of a websocket, as far as it is not about rights (RFC 6455, 4.2
 * and 4.4): lws ends what it can't take without a word, so it is looked at
 * here first.
 * Thread: loop thread only. Never blocks.
 */
/* 0: it may be one; -1: refused and answered, lws is to close. */
int upgrade_confirm(struct lws *wsi);
