#include "web/http/accept.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

/* A part of the header: from at up to end. */
struct part {
    const char *at;
    const char *end;
};

/* The next piece of *rest up to the mark, without the spaces around it; what
 * stands in quotes holds no mark. False: there is none left. */
static bool next_piece(struct part *rest, char mark, struct part *piece)
{
    const char *at = rest->at;
    bool quoted = false;

    if (at >= rest->end)
        return false;
    for (; at < rest->end && (quoted || *at != mark); at++) {
        if (quoted && *at == '\\' && at + 1 < rest->end)
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    *piece = (struct part){rest->at, at};
    rest->at = at < rest->end ? at + 1 : at;
    while (piece->at < piece->end && strchr(" \t", *piece->at))
        piece->at++;
    while (piece->end > piece->at && strchr(" \t", piece->end[-1]))
        piece->end--;
    return true;
}

/* "1", "0.5", "0.123": thousandths; -1: none of these. */
static int read_quality(const char *text, size_t len)
{
    int value = 0;
    int unit = 100;

    if (len < 1 || len > 5 || (*text != '0' && *text != '1'))
        return -1;
    value = (*text - '0') * 1000;
    if (len > 1 && text[1] != '.')
        return -1;
    for (size_t i = 2; i < len; i++, unit /= 10) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value += (text[i] - '0') * unit;
    }
    return value > 1000 ? -1 : value;
}

/* The q among the parameters of a range; -1: it can't be read. */
static int find_quality(struct part *parameters)
{
    struct part piece;
    int quality = 1000;

    while (next_piece(parameters, ';', &piece)) {
        if (piece.end - piece.at >= 2 &&
            (*piece.at == 'q' || *piece.at == 'Q') && piece.at[1] == '=')
            quality =
                read_quality(piece.at + 2, (size_t)(piece.end - piece.at - 2));
    }
    return quality;
}

/* How exactly a range names the type: 3 itself, 2 text, 1 anything, 0 not. */
static int fit(struct part range, const char *type)
{
    size_t len = (size_t)(range.end - range.at);
    size_t main_len = strcspn(type, "/") + 1;

    if (len == strlen(type) && !strncasecmp(range.at, type, len))
        return 3;
    if (len == main_len + 1 && !strncasecmp(range.at, type, main_len) &&
        range.at[main_len] == '*')
        return 2;
    return len == 3 && !memcmp(range.at, "*/*", 3) ? 1 : 0;
}

int accept_quality(const char *header, const char *type)
{
    struct part rest = {header, header ? header + strlen(header) : NULL};
    struct part one;
    int best_fit = 0;
    int best = 0;

    if (!header || !header[strspn(header, " \t")])
        return 1000;
    while (next_piece(&rest, ',', &one)) {
        struct part range;
        int quality;
        int how;

        if (!next_piece(&one, ';', &range))
            continue;
        how = fit(range, type);
        quality = find_quality(&one);
        if (how && quality >= 0 &&
            (how > best_fit || (how == best_fit && quality > best))) {
            best_fit = how;
            best = quality;
        }
    }
    return best;
}

bool accept_takes_coding(const char *header, const char *coding)
{
    struct part rest = {header, header ? header + strlen(header) : NULL};
    struct part one;
    int named = -1;
    int any = 0;

    while (header && next_piece(&rest, ',', &one)) {
        struct part name;
        int quality;
        size_t len;

        if (!next_piece(&one, ';', &name))
            continue;
        len = (size_t)(name.end - name.at);
        quality = find_quality(&one);
        if (len == strlen(coding) && !strncasecmp(name.at, coding, len))
            named = quality;
        else if (len == 1 && *name.at == '*')
            any = quality;
    }
    return (named >= 0 ? named : any) > 0;
}

bool accept_prefers_html(const char *header)
{
    int html = accept_quality(header, "text/html");

    return html > 0 && html > accept_quality(header, "application/json");
}
