#include "web/import/import_cell.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define GROUP 3              /* digits */
#define NAME_MAX_LEN 64      /* of a column, or of a choice */
#define MINUS "\xE2\x88\x92" /* U+2212 */

/* Between thousands, beside '.' and ','. */
static const char *const blanks[] = {
    " ", "'", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89", "\xE2\x80\x99",
};

const char *import_cell_trim(const char *text, size_t *len)
{
    while (*len && strchr(" \t", text[0]) && text[0]) {
        text++;
        --*len;
    }
    while (*len && strchr(" \t", text[*len - 1]) && text[*len - 1])
        --*len;
    return text;
}

/* "Partially filled" as "partially_filled". */
bool import_cell_is_name(const char *name, const char *text, size_t len)
{
    if (strlen(name) != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i] == ' ' || text[i] == '-' ? '_' : text[i];

        if (name[i] != (c >= 'A' && c <= 'Z' ? c | 0x20 : c))
            return false;
    }
    return true;
}

static void put_choice(const struct import_field *field, const char *text,
                       size_t len, struct buf *out)
{
    for (size_t i = 0; field->choices[i]; i++) {
        const char *choice = field->choices[i];

        if (import_cell_is_name(choice, text, len) ||
            (len == 1 && !strcmp(field->name, "side") &&
             (text[0] | 0x20) == choice[0])) {
            buf_put_text(out, choice);
            return;
        }
    }
    buf_put(out, text, len);
}

/* A number in its parts: the digits, and what stands between them. */
struct number {
    char digits[NAME_MAX_LEN];
    size_t count;
    /* Of each mark: how many digits stand before it, and which it is: '.', ','
     * or ' ' for all others. */
    struct mark {
        size_t at;
        char kind;
    } marks[NAME_MAX_LEN];
    size_t mark_count;
    bool is_negative;
};

static size_t blank_at(const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
        size_t blank_len = strlen(blanks[i]);

        if (len >= blank_len && !memcmp(text, blanks[i], blank_len))
            return blank_len;
    }
    return 0;
}

static bool split(const char *text, size_t len, struct number *number)
{
    memset(number, 0, sizeof(*number));
    if (len > strlen(MINUS) && !memcmp(text, MINUS, strlen(MINUS))) {
        number->is_negative = true;
        text += strlen(MINUS);
        len -= strlen(MINUS);
    } else if (len > 1 && (text[0] == '-' || text[0] == '+')) {
        number->is_negative = text[0] == '-';
        text++;
        len--;
    }
    while (len) {
        size_t skip = 1;

        if (number->count == sizeof(number->digits) ||
            number->mark_count == NAME_MAX_LEN)
            return false;
        if (*text >= '0' && *text <= '9') {
            number->digits[number->count++] = *text;
        } else {
            char kind = *text == '.' || *text == ',' ? *text : ' ';

            if (kind == ' ')
                skip = blank_at(text, len);
            if (!skip)
                return false;
            number->marks[number->mark_count++] =
                (struct mark){.at = number->count, .kind = kind};
        }
        text += skip;
        len -= skip;
    }
    return number->count > 0;
}

static size_t count_marks(const struct number *number, char kind)
{
    size_t count = 0;

    for (size_t i = 0; i < number->mark_count; i++)
        count += number->marks[i].kind == kind;
    return count;
}

/* Whether one mark alone may stand between thousands as well as before the
 * decimals. */
static bool is_doubtful(const struct number *number)
{
    size_t before = number->marks[0].at;

    return number->mark_count == 1 && number->count - before == GROUP &&
           before >= 1 && before <= GROUP && number->digits[0] != '0';
}

/* The decimal mark of this number; 0: it has none. *doubt: it may mean two. */
static char decimal_mark(const struct number *number,
                         const struct import_numbers *numbers, bool *doubt)
{
    size_t dots = count_marks(number, '.');
    size_t commas = count_marks(number, ',');

    *doubt = false;
    if (numbers->mark)
        return numbers->mark;
    if (dots && commas)
        return number->marks[number->mark_count - 1].kind;
    if (dots + commas != 1)
        return 0; /* of several alike, none is before the decimals */
    *doubt = (commas || numbers->is_dot_doubtful) && is_doubtful(number);
    return dots ? '.' : ',';
}

/* Marks stand between thousands, one kind of them, but for the decimal mark,
 * which comes last. */
static bool is_grouped(const struct number *number, char decimal,
                       size_t *decimals_at)
{
    char kind = 0;
    size_t end = number->count;
    size_t groups = number->mark_count;

    if (groups && decimal && number->marks[groups - 1].kind == decimal)
        end = number->marks[--groups].at;
    *decimals_at = end;
    for (size_t i = 0; i < groups; i++) {
        size_t next = i + 1 < groups ? number->marks[i + 1].at : end;

        if (number->marks[i].kind == decimal ||
            (kind && number->marks[i].kind != kind) ||
            number->marks[i].at < 1 || next - number->marks[i].at != GROUP)
            return false;
        kind = number->marks[i].kind;
    }
    return !groups || number->marks[0].at <= GROUP;
}

static int put_number(const struct import_field *field, const char *text,
                      size_t len, const struct import_numbers *numbers,
                      struct buf *out, struct err *err)
{
    struct number number;
    size_t decimals_at;
    bool doubt;
    char decimal;

    if (!split(text, len, &number)) {
        buf_put(out, text, len);
        return 0;
    }
    decimal = decimal_mark(&number, numbers, &doubt);
    if (doubt)
        return err_field(err, field->name,
                         "%.*s may be thousands or have decimals: choose the "
                         "decimal mark (. or ,)",
                         (int)len, text);
    if (!is_grouped(&number, decimal, &decimals_at)) {
        /* 10.25 would be taken as it stands. */
        if (numbers->mark == ',')
            return err_field(err, field->name,
                             "%.*s is no number with , before its decimals",
                             (int)(len < 40 ? len : 40), text);
        buf_put(out, text, len);
        return 0;
    }
    if (number.is_negative)
        buf_put_char(out, '-');
    buf_put(out, number.digits, decimals_at);
    if (!decimals_at)
        buf_put_char(out, '0');
    if (decimals_at < number.count) {
        buf_put_char(out, '.');
        buf_put(out, number.digits + decimals_at, number.count - decimals_at);
    }
    return 0;
}

int import_cell(const struct import_field *field, const char *text, size_t len,
                const struct import_numbers *numbers, struct buf *out,
                struct err *err)
{
    if (field->type != IMPORT_TEXT)
        text = import_cell_trim(text, &len);
    if (field->type == IMPORT_CHOICE)
        put_choice(field, text, len, out);
    else if (field->type == IMPORT_NUMBER)
        return put_number(field, text, len, numbers, out, err);
    else
        buf_put(out, text, len);
    return 0;
}
