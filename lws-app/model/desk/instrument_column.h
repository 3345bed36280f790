#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "model/desk/instrument.h"
#include "store/db.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * The one table of an instrument's columns. It drives the JSON, filters,
 * sorting, search, the fields of a draft and what the audit says of a change,
 * so a name sent by a client is looked up here and never reaches SQL.
 * Thread: any. Never blocks.
 */
enum instrument_column_type {
    INSTRUMENT_INT,
    INSTRUMENT_TEXT,
    INSTRUMENT_BOOL,
    INSTRUMENT_TIME,
    INSTRUMENT_AMOUNT, /* a decimal above 0 */
};
enum instrument_column_flag {
    INSTRUMENT_SORT = 1 << 0,
    INSTRUMENT_SEARCH = 1 << 1,
    INSTRUMENT_FILTER = 1 << 2,
    INSTRUMENT_CREATE = 1 << 3, /* set at creation alone, when it must be */
    INSTRUMENT_WRITE = 1 << 4,
    INSTRUMENT_NULL = 1 << 5, /* 0 or "" is null on the wire */
};
struct instrument_column {
    const char *name; /* on the wire and in the table */
    enum instrument_column_type type;
    unsigned flags;
    size_t offset;    /* of its value in struct instrument */
    size_t size;      /* of the array, for text */
    int max_length;   /* characters, likewise */
    const char *help; /* for people */
};

extern const struct instrument_column instrument_columns[];
extern const size_t instrument_columns_count;

const struct instrument_column *instrument_column_find(const char *name,
                                                       size_t len);
void instrument_put_json(struct buf *out, const char *key,
                         const struct instrument *instrument);
/* The members of that object, into one that is open. */
void instrument_put_members(struct buf *out,
                            const struct instrument *instrument);
/* What differs, for the audit: a field each, into an object that is open.
 * before NULL: one just made. Returns how many. */
size_t instrument_put_changes(struct buf *out, const struct instrument *before,
                              const struct instrument *after);

/* What instrument_from_row() reads, in its order. */
#define INSTRUMENT_SELECT                                                      \
    "SELECT id, symbol, name, currency, tick, lot, multiplier, active, "       \
    "strict, version, created, updated FROM instrument "
void instrument_from_row(const struct db_stmt *stmt,
                         struct instrument *instrument);

/* One field by its name on the wire, from text (a JSON string, a cell, or a
 * number's token; "true" and "false" of a yes or no). Adds a field to err for a
 * value that breaks a rule, an unknown name and one that can't be set, and
 * returns -1 then, without its bit set. text NULL: JSON null. is_new: at
 * creation. */
int instrument_draft_set(struct instrument_draft *draft, bool is_new,
                         const char *name, const char *text, size_t len,
                         struct err *err);
int instrument_draft_set_bool(struct instrument_draft *draft, bool is_new,
                              const char *name, bool value, struct err *err);
/* What was given, put into *instrument. */
void instrument_draft_apply(const struct instrument_draft *draft,
                            struct instrument *instrument);
