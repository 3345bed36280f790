#include "web/http/chunked.h"

#include <string.h>

#include "base/banned.h"

/* So many digits of a size, or it is too large whatever they are. */
#define SIZE_DIGITS_MAX 16

void chunked_init(struct chunked *chunked, size_t body_max)
{
    *chunked = (struct chunked){.state = CHUNKED_SIZE, .body_left = body_max};
}

bool chunked_is_done(const struct chunked *chunked)
{
    return chunked->state == CHUNKED_DONE;
}

static int malformed(struct err *err, const char *what)
{
    return err_set(err, ERR_MALFORMED, "the chunks can't be read: %s", what);
}

static int hex_digit(char c)
{
    char lower = (char)(c | 0x20);

    if (c >= '0' && c <= '9')
        return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static int end_size(struct chunked *c, struct err *err)
{
    if (!c->has_digit)
        return malformed(err, "a size is missing");
    if (c->left > c->body_left)
        return err_set(err, ERR_TOO_LARGE, "the body is too large");
    c->body_left -= c->left;
    return 0;
}

static int read_size(struct chunked *c, char byte, struct err *err)
{
    int digit = hex_digit(byte);

    if (digit >= 0 && !c->has_blank) {
        if (c->line_len > SIZE_DIGITS_MAX)
            return err_set(err, ERR_TOO_LARGE, "the body is too large");
        c->left = c->left << 4 | (uint64_t)digit;
        c->has_digit = true;
    } else if ((byte == ' ' || byte == '\t') && c->has_digit) {
        c->has_blank = true;
    } else if (byte == ';') {
        c->state = CHUNKED_EXTENSION;
        return end_size(c, err);
    } else if (byte == '\r' && !c->has_blank) {
        c->state = CHUNKED_SIZE_LF;
        return end_size(c, err);
    } else {
        return malformed(err, "a size is not a hexadecimal number");
    }
    return 0;
}

static int want(struct chunked *c, char byte, char wanted,
                enum chunked_state next, struct err *err)
{
    if (byte != wanted)
        return malformed(err, "a line does not end in CR LF");
    c->state = next;
    return 0;
}

static int begin_size(struct chunked *c, char byte, struct err *err)
{
    c->line_len = 0;
    c->left = 0;
    c->has_digit = false;
    c->has_blank = false;
    return want(c, byte, '\n', CHUNKED_SIZE, err);
}

/* One byte that is not of the body. */
static int read_framing(struct chunked *c, char byte, struct err *err)
{
    bool in_trailers =
        c->state >= CHUNKED_TRAILER && c->state <= CHUNKED_TRAILER_LF;

    if (++c->framing_len > CHUNK_FRAMING_MAX)
        return err_set(err, ERR_TOO_LARGE, "the chunks are too small");
    if (in_trailers && ++c->trailers_len > CHUNK_TRAILERS_MAX)
        return err_set(err, ERR_TOO_LARGE, "the trailers are too large");
    if (c->state <= CHUNKED_SIZE_LF && ++c->line_len > CHUNK_LINE_MAX)
        return malformed(err, "a line is too long");
    switch (c->state) {
    case CHUNKED_SIZE: return read_size(c, byte, err);
    case CHUNKED_EXTENSION:
        if (byte == '\r')
            c->state = CHUNKED_SIZE_LF;
        else if (is_control(byte))
            return malformed(err, "an extension holds a control character");
        return 0;
    case CHUNKED_SIZE_LF:
        return want(c, byte, '\n', c->left ? CHUNKED_DATA : CHUNKED_TRAILER,
                    err);
    case CHUNKED_DATA_CR: return want(c, byte, '\r', CHUNKED_DATA_LF, err);
    case CHUNKED_DATA_LF: return begin_size(c, byte, err);
    case CHUNKED_TRAILER:
        if (byte == '\r') {
            c->state = CHUNKED_LAST_LF;
            return 0;
        }
        c->state = CHUNKED_TRAILER_LINE;
        return is_control(byte)
                   ? malformed(err, "a trailer holds a control character")
                   : 0;
    case CHUNKED_TRAILER_LINE:
        if (byte == '\r')
            c->state = CHUNKED_TRAILER_LF;
        else if (is_control(byte))
            return malformed(err, "a trailer holds a control character");
        return 0;
    case CHUNKED_TRAILER_LF: return want(c, byte, '\n', CHUNKED_TRAILER, err);
    case CHUNKED_LAST_LF: return want(c, byte, '\n', CHUNKED_DONE, err);
    case CHUNKED_DATA:
    case CHUNKED_DONE: break;
    }
    return err_set(err, ERR_INTERNAL, "chunks are read in a wrong state");
}

int chunked_read(struct chunked *chunked, const char *bytes, size_t len,
                 size_t *used, const char **data, size_t *data_len,
                 struct err *err)
{
    size_t at = 0;

    *data = NULL;
    *data_len = 0;
    while (at < len && !chunked_is_done(chunked)) {
        if (chunked->state == CHUNKED_DATA) {
            *data = bytes + at;
            *data_len =
                len - at < chunked->left ? len - at : (size_t)chunked->left;
            at += *data_len;
            chunked->left -= *data_len;
            if (!chunked->left)
                chunked->state = CHUNKED_DATA_CR;
            break;
        }
        if (read_framing(chunked, bytes[at], err) < 0)
            return -1;
        at++;
    }
    *used = at;
    return 0;
}
