#include "model/log/line.h"
#include <string.h>

#include "base/banned.h"

int line_open(struct line *line, const char *text, const char *end, char tag)
{
    const char *newline = memchr(text, '\n', (size_t)(end - text));

    if (!newline || newline - text < 2 || text[0] != tag || text[1] != ' ')
        return -1;
    *line = (struct line){text + 2, newline, newline + 1};
    return 0;
}

int line_word(struct line *line, const char **word, size_t *len)
{
    size_t left = (size_t)(line->end - line->at);
    const char *space = memchr(line->at, ' ', left);

    *word = line->at;
    *len = space ? (size_t)(space - line->at) : left;
    line->at = space ? space + 1 : line->end;
    /* A space with nothing behind it belongs to no line of ours. */
    return *len && (!space || line->at < line->end) ? 0 : -1;
}

int line_int(struct line *line, int64_t *value)
{
    const char *word;
    size_t len;

    *value = 0;
    if (line_word(line, &word, &len) < 0 || (word[0] == '0' && len > 1))
        return -1;
    for (size_t i = 0; i < len; i++) {
        int digit = word[i] - '0';

        if (digit < 0 || digit > 9 || *value > (INT64_MAX - digit) / 10)
            return -1;
        *value = *value * 10 + digit;
    }
    return 0;
}

const char *line_rest(struct line *line, size_t *len)
{
    const char *rest = line->at;

    *len = (size_t)(line->end - rest);
    line->at = line->end;
    return rest;
}
