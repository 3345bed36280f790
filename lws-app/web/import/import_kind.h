#pragma once
#include "base/err.h"
#include "base/json.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * What the rows of a file are: which fields they have, and what takes them.
 * Thread: any. Never blocks.
 */
enum import_type {
    IMPORT_TEXT,
    IMPORT_NUMBER,
    IMPORT_CHOICE, /* one of some words */
};
struct import_field {
    const char *name;
    enum import_type type;
    const char *const *choices; /* NULL-terminated */
    bool is_required;
    bool is_given; /* false: a file may have it, but here it is passed over */
};
/* A draft is zeroed before its fields are set, each at most once. */
struct import_kind {
    size_t draft_size;
    /* Fills *field (zeroed before) with the field i; false: there are no more.
     */
    bool (*field)(size_t i, struct import_field *field);
    void (*set)(void *draft, const char *name, const char *text, size_t len,
                struct err *err);
    void (*set_json)(void *draft, const cJSON *object, struct err *err);
};
/* struct order_draft, struct instrument_draft. */
extern const struct import_kind import_orders, import_instruments;
