#pragma once
#include "base/err.h"
#include "base/secret.h"
#include "model/accounts/actor.h"
#include "store/db.h"
/*
 * Single-use tickets, for websocket clients that can set no header: 30 s, made
 * by a login and standing for it (the socket ends when that login ends).
 * Thread: the caller's. Blocks on the database.
 */
#define TICKET_LIFETIME_S 30

int ticket_create(struct db *db, const struct actor *actor,
                  char secret[SECRET_TEXT_MAX], int64_t *expires_us,
                  struct err *err);
/* Uses it up. The actor is the one of the login behind it, re-read; dead login
 * or ticket: ERR_UNAUTHENTICATED. */
int ticket_redeem(struct db *db, const char *secret, struct actor *actor,
                  struct err *err);
