#pragma once
#include <stddef.h>
/*
 * Regular expressions (PCRE2), without regard to case, for patterns that
 * strangers type: steps, depth and memory of a match are bounded.
 * Thread: one at a time for each pattern. Never blocks.
 */
#define PATTERN_MAX 256 /* bytes */

struct pattern;
enum pattern_result {
    PATTERN_NO,
    PATTERN_YES,
    PATTERN_COSTLY, /* it would have taken too many steps to know */
    PATTERN_NO_MEMORY,
};

/* Whether it is one, for whoever asks before there is a text to look into. -1:
 * as pattern_new() has it. */
int pattern_check(const char *text, size_t len, char *why, size_t why_max);
/* NULL: not a pattern, which why (why_max bytes, NUL included) then says for
 * people, or no memory, where why is "". */
struct pattern *pattern_new(const char *text, size_t len, char *why,
                            size_t why_max);
void pattern_free(struct pattern *pattern); /* NULL is fine */
/* Whether it is found in the text. */
enum pattern_result pattern_find(struct pattern *pattern, const char *text,
                                 size_t len);
/* What to tell the person whose pattern is PATTERN_COSTLY. */
const char *pattern_costly_text(void);
