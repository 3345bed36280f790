#include "base/json.h"
#include "base/tick.h"
#include "web/api/handlers.h"
#include "web/query/args.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define LINES_MAX 10000 /* of one request */
#define LINE_MAX (16 * 1024)
#define PATH "/api/market/"

static int find_market(const struct call *call,
                       const struct market_port **market, struct err *err)
{
    *market = call->web->market;
    return *market ? 0
                   : err_set(err, ERR_UNAVAILABLE,
                             "the server is starting: try again");
}

/* What stands between the path's beginning and its tail. */
static int read_symbol(const struct call *call, const char *tail,
                       char symbol[TICK_SYMBOL_MAX], struct err *err)
{
    const char *from = call->request->path + sizeof(PATH) - 1;
    size_t len = strlen(from) - strlen(tail);

    if (len >= TICK_SYMBOL_MAX)
        return err_set(err, ERR_MISSING, "there is no quote for this symbol");
    memcpy(symbol, from, len);
    symbol[len] = '\0';
    return 0;
}

int market_list(struct call *call, struct err *err)
{
    struct buf *body = &call->response->body;
    const struct market_port *market;
    const char *symbols;

    if (args_check(&call->request->args, "MarketArguments", err) < 0 ||
        find_market(call, &market, err) < 0)
        return -1;
    symbols = args_text(&call->request->args, "symbols");
    response_begin(call->response, 200, "application/json");
    json_open(body);
    market->feed(market->arg, body);
    json_open_array(body, "results");
    if (market->list(market->arg, call->actor.market_symbols,
                     symbols ? symbols : "*", body, err) < 0)
        return -1;
    json_close_array(body);
    json_close(body);
    return 0;
}

int market_read(struct call *call, struct err *err)
{
    struct buf *body = &call->response->body;
    const struct market_port *market;
    char symbol[TICK_SYMBOL_MAX];

    if (find_market(call, &market, err) < 0 ||
        read_symbol(call, "/", symbol, err) < 0)
        return -1;
    response_begin(call->response, 200, "application/json");
    if (market->quote(market->arg, call->actor.market_symbols, symbol, body,
                      err) < 0)
        return -1;
    market->feed(market->arg, body);
    json_close(body);
    return 0;
}

int market_bars(struct call *call, struct err *err)
{
    const struct params *args = &call->request->args;
    struct buf *body = &call->response->body;
    const struct market_port *market;
    char symbol[TICK_SYMBOL_MAX];
    const char *interval;
    int span;

    if (args_check(args, "MarketBarsArguments", err) < 0 ||
        find_market(call, &market, err) < 0 ||
        read_symbol(call, "/bars/", symbol, err) < 0)
        return -1;
    interval = args_text(args, "interval");
    span = interval && !strcmp(interval, "60") ? 60 : 1;
    response_begin(call->response, 200, "application/json");
    json_open(body);
    json_put_str(body, "symbol", symbol);
    json_put_int(body, "interval", span);
    json_open_array(body, "bars");
    if (market->bars(market->arg, call->actor.market_symbols, symbol, span,
                     (int)args_int(args, "minutes", market->minutes), body,
                     err) < 0)
        return -1;
    json_close_array(body);
    json_close(body);
    return 0;
}

/* Lines that come in: all are read before any is taken. */

struct body {
    const char *at;
    const char *end;
    bool is_array;
    size_t count;
    struct buf *lines;
};

static void skip_blanks(struct body *body)
{
    while (body->at < body->end && memchr(" \t\r\n", *body->at, 4))
        body->at++;
}

/* In one line, whatever stood between its fields. */
static void keep_line(const struct body *body, size_t len)
{
    char *line = buf_reserve(body->lines, len + 1);

    if (!line)
        return;
    memcpy(line, body->at, len);
    for (size_t i = 0; i < len; i++) {
        if (line[i] == '\n' || line[i] == '\r')
            line[i] = ' ';
    }
    line[len] = '\n';
    body->lines->len += len + 1;
}

static int read_one(struct body *body, struct err *err)
{
    size_t had = err->field_count;
    struct err fault = ERR_INIT;
    struct tick tick;
    size_t len = 0;

    if (body->count == LINES_MAX)
        return err_set(err, ERR_TOO_LARGE, "at most %d lines at once",
                       LINES_MAX);
    if (tick_read(body->at, (size_t)(body->end - body->at), &len, &tick,
                  &fault) < 0) {
        if (fault.code != ERR_INVALID)
            return err_set(err, fault.code, "line %zu: %s", body->count,
                           fault.text);
        for (size_t i = 0; i < fault.field_count; i++)
            err_field(err, fault.fields[i].name, "%s", fault.fields[i].text);
    } else if (tick.removed[0]) {
        err_field(err, "removed", "is not a field of a line");
    } else if (len > LINE_MAX) {
        err_field(err, "line", "is longer than %d bytes", LINE_MAX);
    } else {
        keep_line(body, len);
    }
    if (err->field_count > had) {
        char prefix[24];

        snprintf(prefix, sizeof(prefix), "%zu.", body->count);
        err_prefix_fields(err, had, prefix);
    }
    body->at += len;
    body->count++;
    return 0;
}

/* What stands between two lines: a comma in an array, else a line's end. */
static int read_between(struct body *body, bool *is_end, struct err *err)
{
    const char *from = body->at;

    skip_blanks(body);
    if (body->is_array) {
        *is_end = body->at < body->end && *body->at == ']';
        if (!*is_end && (body->at == body->end || *body->at != ','))
            return err_set(
                err, ERR_MALFORMED,
                "line %zu: a comma or the end of the array is missing",
                body->count);
        body->at++;
        return 0;
    }
    *is_end = body->at == body->end;
    if (!*is_end && !memchr(from, '\n', (size_t)(body->at - from)))
        return err_set(err, ERR_MALFORMED,
                       "line %zu: unexpected text after the object",
                       body->count);
    return 0;
}

static int read_lines(struct body *body, struct err *err)
{
    bool is_end;

    skip_blanks(body);
    body->is_array = body->at < body->end && *body->at == '[';
    if (body->is_array) {
        body->at++;
        skip_blanks(body);
    }
    is_end = body->is_array ? body->at < body->end && *body->at == ']'
                            : body->at == body->end;
    body->at += is_end && body->is_array;
    while (!is_end) {
        if (read_one(body, err) < 0 || read_between(body, &is_end, err) < 0)
            return -1;
    }
    skip_blanks(body);
    if (body->at < body->end)
        return err_set(err, ERR_MALFORMED, "unexpected text after the array");
    return err->code ? -1 : 0;
}

/* What begins as JSON is taken for it, whatever its type. */
static int check_type(const struct call *call, struct body *body,
                      struct err *err)
{
    const char *type = call->request->headers[HEADER_CONTENT_TYPE];

    skip_blanks(body);
    if (!type || body->at == body->end || *body->at == '{' ||
        *body->at == '[' || !strncasecmp(type, "application/json", 16) ||
        !strncasecmp(type, "application/x-ndjson", 20))
        return 0;
    return err_set(err, ERR_MEDIA_TYPE,
                   "send application/json or application/x-ndjson");
}

static int check_right(const struct call *call, struct err *err)
{
    return call->actor.may_feed ? 0
                                : err_set(err, ERR_FORBIDDEN,
                                          "this user may not feed market data");
}

int market_submit(struct call *call, struct err *err)
{
    const struct buf *text = &call->request->body;
    const struct market_port *market;
    struct buf lines;
    struct body body = {.at = buf_text(text),
                        .end = buf_text(text) + text->len,
                        .lines = &lines};
    int rc = -1;

    buf_init(&lines, REQUEST_BODY_MAX + LINES_MAX);
    if (check_right(call, err) < 0 || find_market(call, &market, err) < 0 ||
        check_type(call, &body, err) < 0 || read_lines(&body, err) < 0 ||
        buf_check(&lines, err) < 0 ||
        market->put(market->arg, buf_text(&lines), lines.len, err) < 0)
        goto out;
    response_begin(call->response, 202, "application/json");
    json_open(&call->response->body);
    json_put_int(&call->response->body, "queued", (int64_t)body.count);
    json_close(&call->response->body);
    rc = 0;
out:
    buf_release(&lines);
    return rc;
}
