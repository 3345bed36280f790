#include "base/pattern.h"
#include "base/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>

#include "base/banned.h"

/* For one text of at most some hundred characters. An honest pattern needs a
 * few steps per character; 100,000 take about a millisecond. */
#define STEPS_MAX 100000
#define DEPTH_MAX 1000
#define HEAP_MAX_KIB 1024
#define REASON_MAX 128

struct pattern {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
};

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_match_context_free(pattern->limits);
    pcre2_match_data_free(pattern->match);
    pcre2_code_free(pattern->code);
    mem_free(pattern);
}

static pcre2_code *compile(const char *text, size_t len, char *why,
                           size_t why_max)
{
    PCRE2_SIZE offset = 0;
    int number = 0;
    PCRE2_UCHAR reason[REASON_MAX];
    pcre2_code *code;

    why[0] = '\0';
    if (len > PATTERN_MAX) {
        snprintf(why, why_max, "is longer than %d bytes", PATTERN_MAX);
        return NULL;
    }
    code = pcre2_compile((PCRE2_SPTR)text, len,
                         PCRE2_CASELESS | PCRE2_UTF | PCRE2_UCP |
                             PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
                         &number, &offset, NULL);
    if (!code && number != PCRE2_ERROR_HEAP_FAILED) {
        pcre2_get_error_message(number, reason, sizeof(reason));
        snprintf(why, why_max, "at byte %zu: %s", offset, (const char *)reason);
    }
    return code;
}

int pattern_check(const char *text, size_t len, char *why, size_t why_max)
{
    pcre2_code *code = compile(text, len, why, why_max);

    pcre2_code_free(code);
    return code ? 0 : -1;
}

struct pattern *pattern_new(const char *text, size_t len, char *why,
                            size_t why_max)
{
    struct pattern *pattern;

    why[0] = '\0';
    pattern = mem_zalloc(sizeof(*pattern));
    if (!pattern)
        return NULL;
    pattern->code = compile(text, len, why, why_max);
    if (!pattern->code)
        goto fail;
    pattern->match = pcre2_match_data_create(1, NULL);
    pattern->limits = pcre2_match_context_create(NULL);
    if (!pattern->match || !pattern->limits)
        goto fail;
    pcre2_set_match_limit(pattern->limits, STEPS_MAX);
    pcre2_set_depth_limit(pattern->limits, DEPTH_MAX);
    pcre2_set_heap_limit(pattern->limits, HEAP_MAX_KIB);
    /* Where there is no JIT the interpreter does the same. */
    pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
    return pattern;
fail:
    pattern_free(pattern);
    return NULL;
}

enum pattern_result pattern_find(struct pattern *pattern, const char *text,
                                 size_t len)
{
    int rc = pcre2_match(pattern->code, (PCRE2_SPTR)text, len, 0, 0,
                         pattern->match, pattern->limits);

    /* The JIT's stack is small, and its size not the pattern's fault. */
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
        rc = pcre2_match(pattern->code, (PCRE2_SPTR)text, len, 0, PCRE2_NO_JIT,
                         pattern->match, pattern->limits);
    if (rc >= 0)
        return PATTERN_YES;
    if (rc == PCRE2_ERROR_NOMATCH)
        return PATTERN_NO;
    return rc == PCRE2_ERROR_NOMEMORY ? PATTERN_NO_MEMORY : PATTERN_COSTLY;
}

const char *pattern_costly_text(void)
{
    return "takes too long: make it simpler";
}
