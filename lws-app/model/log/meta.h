#pragma once
#include "base/err.h"
#include "base/secret.h"
#include "store/db.h"
/*
 * What the database knows of itself: its epoch (random, made with the database;
 * a copy that goes its own way gets a new one) and the secret that signs CSRF
 * tokens.
 * Thread: the caller's. Blocks on the database.
 */
#define META_EPOCH_MAX 33 /* 32 hex digits and NUL */

struct meta {
    char epoch[META_EPOCH_MAX];
    uint8_t secret[32];
};

/* Call once before serving or writing, on a write connection with the schema
 * in place: makes what is missing; makes a new epoch where the file is a marked
 * backup or is found under another device or inode than recorded. */
int meta_prepare(struct db *db, struct meta *meta, struct err *err);
/* Reads only. ERR_MISSING before the first meta_prepare(). */
int meta_read(struct db *db, struct meta *meta, struct err *err);
/* One value: 1 with out, text and its NUL; 0: not there, out is empty; -1. */
int meta_find(struct db *db, const char *key, char *out, size_t max,
              struct err *err);
int meta_put(struct db *db, const char *key, const char *value,
             struct err *err);
/* A new epoch: every client's position becomes foreign. */
int meta_new_epoch(struct db *db, struct err *err);
/* Within a write transaction: what the database has for an epoch goes on here,
 * wherever it has come from. */
int meta_settle(struct db *db, struct err *err);
/* Marks a copy (db: the copy, writable) so that its first writable opening
 * makes a new epoch. */
int meta_mark_backup(struct db *db, struct err *err);
