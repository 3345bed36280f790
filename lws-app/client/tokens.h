#pragma once
#include "base/buf.h"
#include <stddef.h>
/*
 * The tokens that the sockets of a bench are opened with, from a file.
 * Thread: belongs to its owner.
 */
struct tokens {
    const char **list;
    size_t count;
    struct buf text; /* holds them */
};

/* One token a line, one at least. EXIT_OK, or EXIT_USAGE after saying what is
 * wrong; to be released in either case. */
int tokens_read(struct tokens *tokens, const char *path);
void tokens_release(
    struct tokens *tokens); /* of a zeroed one it does nothing */
