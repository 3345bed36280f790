#pragma once
#include <stddef.h>
/*
 * Entity tags in lists, as If-Match and If-None-Match hold them (RFC 9110,
 * sections 8.8.3 and 13.1).
 * Thread: any. Never blocks.
 */
enum etag_list {
    ETAG_LIST_BAD,     /* neither "*" nor a list with a tag in it */
    ETAG_LIST_WITHOUT, /* it does not name the tag */
    ETAG_LIST_WITH,    /* it does, or is "*", which names every one */
};

/* tag: strong, in its quotes ("\"7\""); NULL: one that nobody has. Compared
 * weakly (8.8.3.2): W/"7" names "7", since a proxy that compresses on the way
 * only marks it so. list need not end with NUL. */
enum etag_list etag_list_find(const char *list, size_t len, const char *tag);
