#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Symbols by name: "EDF01" is that one, "TTE*" all that begin with TTE, "*"
 * all. A list of such names is a text with commas between them. Upper and lower
 * case differ.
 * Thread: any. Never blocks.
 */
/* Whether a name is one of many: it ends with '*'. */
bool symbols_is_prefix(const char *name, size_t len);
bool symbols_fits(const char *name, size_t len, const char *symbol,
                  size_t symbol_len);
/* FNV-1a: to see that a list, or any text, is another one. */
uint64_t symbols_hash(const char *text);
/* The next name of a list; *at: where to go on, at first the list. NULL: there
 * is none. Empty ones are left out. */
const char *symbols_next(const char **at, size_t *len);
/* Whether any name of the list fits the symbol. */
bool symbols_has(const char *list, const char *symbol, size_t symbol_len);
