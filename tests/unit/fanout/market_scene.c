#include "market_scene.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void on_wake(void *arg)
{
    ((struct market_scene *)arg)->woken++;
}

void market_open(struct market_scene *s, size_t symbols_max)
{
    const struct market_settings settings = {.symbols_max = symbols_max,
                                             .trade_bytes = 1 << 16,
                                             .minutes = 5,
                                             .wake = on_wake,
                                             .arg = s};

    memset(s, 0, sizeof(*s));
    s->market = market_new(&settings);
    s->at.ms = (uint64_t)T0;
    s->max = MARKET_FRAME_MAX;
    assert_non_null(s->market);
    buf_init(&s->out, 1 << 20);
}

void market_close(struct market_scene *s)
{
    buf_release(&s->out);
    market_free(s->market);
}

enum market_verdict market_line(struct market_scene *s, const char *line)
{
    static struct tick tick;
    struct err err = ERR_INIT;

    s->at.n++;
    if (tick_read_line(line, strlen(line), &tick, &err) < 0)
        fail_msg("%s: %s", line, err.text);
    return market_take(s->market, &tick, &s->at, s->now_us);
}

enum market_verdict market_line_at(struct market_scene *s, const char *symbol,
                                   int ms, const char *rest)
{
    char time[CLOCK_TEXT_MAX];
    char line[512];

    clock_format((T0 + ms) * MS, time);
    snprintf(line, sizeof(line), "{\"symbol\":\"%s\",\"time\":\"%s\"%s}",
             symbol, time, rest);
    return market_line(s, line);
}

struct market_session *market_join(struct market_scene *s,
                                   const char *const *names, size_t count,
                                   int rate)
{
    struct market_session *session = market_session_new(s->market, s, "*");
    struct market_want want = {
        .names = names, .count = count, .max_rate = rate};
    struct err err = ERR_INIT;

    buf_clear(&s->out);
    assert_int_equal(market_follow(session, &want, &s->out, &err), 0);
    return session;
}

const char *market_frames(struct market_scene *s)
{
    struct market_session *session;

    buf_clear(&s->out);
    while ((session = market_next_session(s->market, s->now_us))) {
        while (market_session_frame(session, s->max, s->now_us, &s->out) > 0)
            buf_put_char(&s->out, '\n');
    }
    return buf_text(&s->out);
}

void text_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

void text_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is in \"%s\"", part, text);
}
