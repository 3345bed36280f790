#pragma once
#include "base/address.h"
#include <stdbool.h>
/*
 * Whom a connection is with, as the socket or the PROXY protocol has it.
 */
struct handshake;
struct site;
struct connection {
    struct address address; /* is_local: ::ffff:127.0.0.1 */
    bool is_local;          /* by a unix socket: whoever may use that is a
                               proxy that we trust */
    bool is_https;     /* between the client and the proxy, which says so */
    struct site *site; /* connections_take() */
    /* Of a websocket that is not open yet: orders/admit.c's. */
    struct handshake *handshake;
};
