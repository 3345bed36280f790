#pragma once
#include "model/accounts/user_column.h"
#include "web/http/input.h"
/*
 * A user's fields from a request: one JSON object, or a form. Every field at
 * fault is named at once.
 * Thread: any. Never blocks.
 */
/* may: USER_* of the columns that may be set here. */
int user_input_read(const struct input *input, unsigned may,
                    struct user_draft *draft, struct err *err);
/* The texts of these fields alone, the first so many of them required (of the
 * others NULL: left out); values: as many as names, borrowed from input. */
int user_input_texts(const struct input *input, const char *const *names,
                     const char **values, size_t count, size_t required,
                     struct err *err);
