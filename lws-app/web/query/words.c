#include "web/query/words.h"

#include <string.h>

#include "base/banned.h"

#define MINUS "\xE2\x88\x92" /* U+2212, as typeset numbers have it */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

bool words_next(const char **at, const char *end, struct word *word)
{
    const char *quote = NULL;

    while (*at < end && is_blank(**at))
        ++*at;
    if (*at == end)
        return false;
    word->is_negated = **at == '!';
    *at += word->is_negated;
    if (*at < end && **at == '"')
        quote = memchr(*at + 1, '"', (size_t)(end - *at - 1));
    if (quote) {
        word->text = *at + 1;
        word->len = (size_t)(quote - word->text);
        *at = quote + 1;
        return true;
    }
    word->text = *at;
    while (*at < end && !is_blank(**at))
        ++*at;
    word->len = (size_t)(*at - word->text);
    return true;
}

/* A number that begins with a minus of print is shown with the other one. */
static bool is_printed_number(const struct word *word)
{
    size_t minus = strlen(MINUS);

    if (word->len <= minus || memcmp(word->text, MINUS, minus) != 0)
        return false;
    for (size_t i = minus; i < word->len; i++) {
        if (!strchr("0123456789.", word->text[i]))
            return false;
    }
    return true;
}

static int add_contains(struct order_filter *filter, unsigned long columns,
                        const struct word *word, const char *field,
                        struct err *err)
{
    char number[QUERY_TEXT_MAX] = "-";
    size_t len = word->len;

    if (!is_printed_number(word) || len >= sizeof(number))
        return order_filter_add(filter, QUERY_CONTAINS, columns, word->text,
                                len, field, err);
    len -= strlen(MINUS);
    memcpy(number + 1, word->text + strlen(MINUS), len);
    return order_filter_add(filter, QUERY_CONTAINS, columns, number, len + 1,
                            field, err);
}

/* A status of several words is shown with blanks between them. *stored: the
 * word as it is stored then. */
static bool is_shown_status(const struct word *word, unsigned long columns,
                            char stored[QUERY_TEXT_MAX], unsigned long *status)
{
    const struct order_column *column = order_column_find("status", 6);

    *status = columns & 1UL << (column - order_columns);
    if (!*status || word->len >= QUERY_TEXT_MAX ||
        !memchr(word->text, ' ', word->len))
        return false;
    for (size_t i = 0; i < word->len; i++)
        stored[i] = word->text[i] == ' ' ? '_' : word->text[i];
    stored[word->len] = '\0';
    for (int i = 0; column->choices[i]; i++) {
        if (strcasestr(column->choices[i], stored))
            return true;
    }
    return false;
}

static int add_text(struct order_filter *filter, unsigned long columns,
                    const struct word *word, const char *field, struct err *err)
{
    char stored[QUERY_TEXT_MAX];
    unsigned long status;

    if (!is_shown_status(word, columns, stored, &status))
        return add_contains(filter, columns, word, field, err);
    if (order_filter_open(filter, FILTER_OR, field, err) < 0 ||
        add_contains(filter, columns, word, field, err) < 0 ||
        order_filter_add(filter, QUERY_CONTAINS, status, stored, word->len,
                         field, err) < 0)
        return -1;
    order_filter_close(filter);
    return 0;
}

static int add_word(struct order_filter *filter, unsigned long columns,
                    const struct word *word, const char *field, struct err *err)
{
    if (!word->is_negated)
        return add_text(filter, columns, word, field, err);
    if (order_filter_open(filter, FILTER_NOT, field, err) < 0 ||
        add_text(filter, columns, word, field, err) < 0)
        return -1;
    order_filter_close(filter);
    return 0;
}

int words_add(struct order_filter *filter, unsigned long columns,
              const char *text, size_t len, const char *field, struct err *err)
{
    const char *end = text + len;
    struct word word;
    int count = 0;

    while (words_next(&text, end, &word)) {
        if (word.len == 0)
            continue;
        if (++count > WORDS_MAX)
            return err_field(err, field, "more than %d words", WORDS_MAX);
        if (add_word(filter, columns, &word, field, err) < 0)
            return -1;
    }
    return 0;
}
