#pragma once
#include "base/err.h"
#include "view/order_filter.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * What people type into a search: words, with blanks between, each of which
 * must be in one of the columns; "..." is one word with its blanks, and !
 * before a word says that it must be in none. A status is found as it is shown,
 * too ("partially filled"). A " without another is itself, a
 * lone ! and "" say nothing. Thread: any. Never blocks.
 */
#define WORDS_MAX 16

struct word {
    const char *text;
    size_t len;
    bool is_negated;
};
/* The next of the text that *at points into, which is moved behind it; false at
 * its end. One without text says nothing. */
bool words_next(const char **at, const char *end, struct word *word);
/* Adds a condition for each word: of blanks alone none. ERR_INVALID under field
 * for more than WORDS_MAX, or as order_filter_add(). */
int words_add(struct order_filter *filter, unsigned long columns,
              const char *text, size_t len, const char *field, struct err *err);
