#pragma once
#include "base/err.h"
#include "base/json.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * What a JSON text of a user may hold, as a table: one row a member. What is
 * kept is checked by it when it is written; members that a row does not name
 * are refused. Thread: any. RULE_ZONE may read a file at a zone's first use.
 */
enum rule_type {
    RULE_BOOL,
    RULE_INT,    /* from least to most */
    RULE_TEXT,   /* so many characters, none of them a control character */
    RULE_CHOICE, /* one of choices */
    RULE_AMOUNT, /* a decimal above 0, as a string or a number */
    RULE_ZONE,   /* a time zone's name, "" for none */
    RULE_LIST,   /* of what `of` says, so many */
    RULE_OBJECT, /* with the members that `of` lists, until one without a name
                  */
    RULE_MAP,    /* any names of 1 to 255 characters, each with a value as `of`
                    says; so many */
    RULE_ANY,    /* an object that is the page's own affair */
};
struct rule {
    const char *name;
    enum rule_type type;
    int64_t least;
    int64_t most;
    const char *const *choices; /* NULL-terminated */
    const struct rule *of;
    bool is_required;
    bool may_be_null;
};
/* Adds a field to err for each value at fault: path, and where it is in it
 * ("columns.0.width"). path "": the value itself has no name. */
void rule_check(const struct rule *rule, const cJSON *value, const char *path,
                struct err *err);
