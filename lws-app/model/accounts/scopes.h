#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "model/accounts/actor.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * What a token may be used for, as bits; 0: for all that its user may do. No
 * scope implies another, and none gives a right that the user has not.
 * Thread: any. Never blocks.
 */
enum token_scope {
    SCOPE_ORDERS_READ = 1 << 0,
    SCOPE_ORDERS_WRITE = 1 << 1,
    SCOPE_ADMIN = 1 << 2, /* what is for staff and superusers */
    SCOPE_MARKET_READ = 1 << 3,
    SCOPE_MARKET_WRITE = 1 << 4,
    SCOPE_UNKNOWN = 1 << 5, /* a word that we don't know: fits nothing */
};

/* The names, in the order of their bits: NULL ends. */
extern const char *const scope_names[];

/* Of one word; SCOPE_UNKNOWN. */
unsigned scope_parse(const char *word, size_t len);
/* Of words with spaces between them. Not empty, it never gives 0. */
unsigned scopes_parse(const char *text, size_t len);
/* As they are stored: each word with a space behind it. */
void scopes_write(struct buf *out, unsigned scopes);
/* An array of names. */
void scopes_put_json(struct buf *out, const char *key, unsigned scopes);
/* What a websocket is for: each of its commands asks for one of these. */
#define SCOPES_OF_SOCKETS (SCOPE_ORDERS_READ | SCOPE_MARKET_READ)

/* Is there what is needed, one scope of these or none (0)? Else ERR_FORBIDDEN,
 * which names them. */
int scope_check(const struct actor *actor, unsigned needed, struct err *err);
bool scope_has(const struct actor *actor, unsigned needed);
/* The name of the first of these. */
const char *scope_name(unsigned scope);
