#pragma once
#include "base/address.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
/*
 * The first bytes of a connection that a proxy speaks the PROXY protocol on,
 * version 1 or 2: for whom it connects.
 * Thread: any. Never blocks.
 */
#define PROXY_HEADER_MAX 1024

struct proxy_header {
    bool
        has_client; /* else the proxy speaks for itself, as to see how we are */
    struct address client;
    bool is_https; /* what the client speaks with the proxy (version 2) */
};

/* > 0: how long it is. 0: what there is may begin one, and all of it belongs to
 * it. -1: it is none, or longer than PROXY_HEADER_MAX. */
ssize_t proxy_header_read(const void *bytes, size_t len,
                          struct proxy_header *header);
