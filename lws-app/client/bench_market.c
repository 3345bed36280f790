#include "base/clock.h"
#include "base/mem.h"
#include "client/crowd.h"
#include "client/program.h"
#include "client/times.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define SYMBOLS_MAX 1000 /* that one session may follow */
#define TICKS_MAX 100000000
#define SYMBOL "BENCH"
#define BODY_MAX (1024 * 1024)
/* So long lines are gathered, and so many: of one request. */
#define GATHER_MS 5
#define LINES_MAX 5000
/* Nothing has come for so long: what is missing won't. */
#define STALLED_MS 10000

/*
 * Lines of market data, put in by POST so many a second, and the sockets that
 * follow them. Each line has its number as seq, so that of every quote it is
 * known how old it is, how long the oldest line that it stands for has waited,
 * and whether what was skipped was counted. A bare server is sent frames of the
 * same quotes, each of which it gives to all.
 */
struct market_bench {
    struct program *program;
    struct crowd *crowd;
    long sockets, symbols, rate, seconds, max_rate;
    long each; /* lines of one request; 0: those of GATHER_MS */
    bool is_plain;
    int64_t total;    /* lines */
    int64_t fed;      /* of them */
    int64_t *fed_us;  /* when, by number */
    uint32_t *newest; /* seq, by socket and symbol */
    int64_t left;     /* of these, that are not the last one yet */
    struct times age, wait;
    int64_t quotes, frames, bytes, skipped;
    int64_t miscounted, disordered, refused;
    int64_t begun_us, ended_us;
    char begun[CLOCK_TEXT_MAX]; /* as times in quotes are written */
    int64_t quotes_at_check;
    uv_timer_t timer;
    bool is_over, is_woken;
};

/* A line's number, from 0, says its symbol, and its seq from 1. */
static int64_t last_seq(const struct market_bench *b, long symbol)
{
    return (b->total - symbol + b->symbols - 1) / b->symbols;
}

struct seen {
    long symbol;
    int64_t seq;
    int64_t skipped;
    bool is_new; /* of this run */
};

static void take_quote(struct market_bench *b, size_t member,
                       const struct seen *seen, bool is_snapshot, int64_t now)
{
    uint32_t *newest =
        &b->newest[member * (size_t)b->symbols + (size_t)seen->symbol];
    const int64_t *fed_us = b->fed_us + seen->symbol;
    int64_t before = *newest;

    if (seen->seq <= before ||
        (seen->seq - 1) * b->symbols + seen->symbol >= b->fed) {
        b->disordered++;
        return;
    }
    if (!is_snapshot && seen->skipped != seen->seq - before - 1)
        b->miscounted++;
    b->quotes++;
    b->skipped += seen->seq - before - 1;
    times_add(&b->age, now - fed_us[(seen->seq - 1) * b->symbols]);
    times_add(&b->wait, now - fed_us[before * b->symbols]);
    *newest = (uint32_t)seen->seq;
    if (seen->seq == last_seq(b, seen->symbol) && --b->left == 0) {
        b->ended_us = now;
        b->is_over = true;
    }
}

static const char *read_number(const char *at, const char *end, int64_t *number)
{
    for (*number = 0;
         at < end && *at >= '0' && *at <= '9' && *number < TICKS_MAX; at++)
        *number = *number * 10 + (*at - '0');
    return at;
}

/* It stands at the end of a quote, if at all. */
static int64_t read_skipped(const char *from, const char *brace)
{
    static const char name[] = "\"skipped\":";
    const size_t len = sizeof(name) - 1;
    const char *at = brace;
    int64_t skipped = 0;

    while (at > from && at[-1] >= '0' && at[-1] <= '9')
        at--;
    if ((size_t)(at - from) < len || memcmp(at - len, name, len) != 0)
        return 0;
    read_number(at, brace, &skipped);
    return skipped;
}

/* Behind the symbol's name. NULL: it is no quote of ours. */
static const char *read_quote(const struct market_bench *b, const char *at,
                              const char *end, struct seen *seen)
{
    static const char between[] = "\",\"seq\":";
    static const char time[] = ",\"time\":\"";
    const char *brace;
    int64_t symbol;

    at = read_number(at, end, &symbol);
    if (symbol >= b->symbols || (size_t)(end - at) < sizeof(between) ||
        memcmp(at, between, sizeof(between) - 1) != 0)
        return NULL;
    at = read_number(at + sizeof(between) - 1, end, &seen->seq);
    brace = memchr(at, '}', (size_t)(end - at));
    if (!brace || (size_t)(brace - at) < sizeof(time) + CLOCK_TEXT_MAX ||
        memcmp(at, time, sizeof(time) - 1) != 0)
        return NULL;
    seen->symbol = (long)symbol;
    seen->is_new =
        memcmp(at + sizeof(time) - 1, b->begun, CLOCK_TEXT_MAX - 1) >= 0;
    seen->skipped = read_skipped(at, brace);
    return brace;
}

/* What a run before has left is in the first quotes too. */
static void on_frame(void *arg, size_t member, const char *text, size_t len)
{
    static const char mark[] = "\"symbol\":\"" SYMBOL;
    struct market_bench *b = arg;
    const char *end = text + len;
    const char *at = text;
    int64_t now = clock_mono_us();
    bool is_snapshot;

    if (b->is_over || !memmem(text, len < 64 ? len : 64, "\"quotes\"", 8))
        return;
    is_snapshot = memmem(text, len < 128 ? len : 128, "\"snapshot\"", 10);
    b->frames++;
    b->bytes += (int64_t)len;
    while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1))) {
        struct seen seen;

        at = read_quote(b, at + sizeof(mark) - 1, end, &seen);
        if (!at) {
            b->disordered++;
            return;
        }
        if (seen.is_new)
            take_quote(b, member, &seen, is_snapshot, now);
    }
}

/* Feeding */

static void put_line(const struct market_bench *b, int64_t number,
                     const char *time, struct buf *body)
{
    int64_t cents = 10000 + number * 7919 % 1000;

    buf_printf(body,
               "{\"symbol\":\"" SYMBOL "%03" PRId64 "\",\"seq\":%" PRId64
               ",\"time\":\"%s\",\"bid\":\"%" PRId64 ".%02" PRId64
               "\",\"bid_size\":\"100\",\"ask\":\"%" PRId64 ".%02" PRId64
               "\",\"ask_size\":\"200\",\"last\":\"%" PRId64 ".%02" PRId64 "\"",
               number % b->symbols, number / b->symbols + 1, time, cents / 100,
               cents % 100, (cents + 2) / 100, (cents + 2) % 100, cents / 100,
               cents % 100);
    /* A bare server gives frames as they are: of whole quotes, as ours. */
    if (b->is_plain)
        buf_put_text(body, ",\"last_size\":null,\"open\":null,\"high\":null,"
                           "\"low\":null,\"volume\":null,\"status\":"
                           "\"unknown\"}");
    else
        buf_printf(body, ",\"session\":\"%s\"}\n", b->begun);
}

static void put_frame(const struct market_bench *b, int64_t from, int64_t count,
                      const char *time, struct buf *body)
{
    buf_printf(body,
               "{\"type\":\"quotes\",\"stream\":\"market\",\"time\":"
               "\"%s\",\"quotes\":[",
               time);
    for (int64_t i = 0; i < count; i++) {
        if (i)
            buf_put_char(body, ',');
        put_line(b, from + i, time, body);
    }
    buf_put_text(body, "]}");
}

static void on_wake(uv_timer_t *timer)
{
    ((struct market_bench *)timer->data)->is_woken = true;
}

static void pause_ms(struct market_bench *b, uint64_t ms)
{
    b->is_woken = false;
    uv_timer_start(&b->timer, on_wake, ms, 0);
    link_wait(b->program->link, &b->is_woken);
}

/* Market data that is not taken now is sent again. */
static int post(struct market_bench *b, const struct buf *body)
{
    for (;;) {
        struct link_answer answer;
        struct err err = ERR_INIT;
        int rc = link_request(b->program->link, "POST", "/api/market/", body,
                              &answer, &err);
        int status = answer.status;

        link_answer_release(&answer);
        if (rc == 0 && status >= 200 && status < 300)
            return EXIT_OK;
        if (rc < 0 || (status != 503 && status != 429)) {
            fprintf(stderr, "lws-app-client: market data: status %d %s\n",
                    status, err.text);
            return rc < 0 ? EXIT_UNREACHED : EXIT_REFUSED;
        }
        b->refused++;
        pause_ms(b, GATHER_MS);
    }
}

static int feed_some(struct market_bench *b, int64_t count)
{
    char time[CLOCK_TEXT_MAX];
    int64_t now = clock_mono_us();
    struct buf body;
    int rc;

    buf_init(&body, BODY_MAX);
    clock_format(clock_now_us(), time);
    if (b->is_plain)
        put_frame(b, b->fed, count, time, &body);
    for (int64_t i = b->fed; i < b->fed + count; i++) {
        if (!b->is_plain)
            put_line(b, i, time, &body);
        b->fed_us[i] = now;
    }
    b->fed += count;
    rc = body.failed ? EXIT_UNREACHED : post(b, &body);
    buf_release(&body);
    return rc;
}

static int feed_all(struct market_bench *b)
{
    int64_t most = b->each ? b->each : LINES_MAX;
    int rc = EXIT_OK;

    while (rc == EXIT_OK && b->fed < b->total) {
        int64_t elapsed_us = clock_mono_us() - b->begun_us;
        int64_t due = elapsed_us * b->rate / CLOCK_S;
        int64_t count = (due < b->total ? due : b->total) - b->fed;

        if (count < 1 || (b->each && count < most && due < b->total))
            pause_ms(b, b->each ? 1 : GATHER_MS);
        else
            rc = feed_some(b, count < most ? count : most);
        /* As fast as a server takes it, for so long. */
        if (elapsed_us > b->seconds * CLOCK_S + CLOCK_S / 2 && b->is_plain)
            break;
    }
    return rc;
}

static void on_check(uv_timer_t *timer)
{
    struct market_bench *b = timer->data;

    if (b->quotes == b->quotes_at_check) {
        b->ended_us = clock_mono_us();
        b->is_over = true;
    }
    b->quotes_at_check = b->quotes;
}

/* The last line that a socket has had of each symbol must be the last one. */
static void count_left(struct market_bench *b)
{
    b->total = b->fed;
    b->left = 0;
    for (size_t i = 0; i < (size_t)(b->sockets * b->symbols); i++)
        b->left += b->newest[i] < last_seq(b, (long)(i % (size_t)b->symbols));
    b->is_over = b->left == 0;
    b->ended_us = clock_mono_us();
}

static void await_last(struct market_bench *b)
{
    count_left(b);
    b->quotes_at_check = -1;
    uv_timer_start(&b->timer, on_check, STALLED_MS, STALLED_MS);
    link_wait(b->program->link, &b->is_over);
    uv_timer_stop(&b->timer);
}

static int report(const struct market_bench *b)
{
    double seconds = (double)(b->ended_us - b->begun_us) / 1e6;
    const struct {
        const char *name;
        int64_t value;
    } figures[] = {
        {"sockets", b->sockets},
        {"symbols", b->symbols},
        {"lines", b->fed},
        {"us", b->ended_us - b->begun_us},
        {"lines_per_s", (int64_t)((double)b->fed / seconds)},
        {"quotes", b->quotes},
        {"frames", b->frames},
        {"bytes", b->bytes},
        {"quotes_per_s", (int64_t)((double)b->quotes / seconds)},
        {"frames_per_s", (int64_t)((double)b->frames / seconds)},
        {"age_p50_us", times_percentile(&b->age, 50)},
        {"age_p99_us", times_percentile(&b->age, 99)},
        {"age_max_us", b->age.max_us},
        {"wait_p50_us", times_percentile(&b->wait, 50)},
        {"wait_p99_us", times_percentile(&b->wait, 99)},
        {"wait_max_us", b->wait.max_us},
        {"skipped", b->skipped},
        {"miscounted", b->miscounted},
        {"disordered", b->disordered},
        {"missing", b->left},
        {"refused", b->refused},
        {"closed", (int64_t)crowd_lost(b->crowd)},
    };
    struct buf out;

    buf_init(&out, 4096);
    json_open(&out);
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        json_put_int(&out, figures[i].name, figures[i].value);
        if (!b->program->is_json)
            printf("%-13s %" PRId64 "\n", figures[i].name, figures[i].value);
    }
    json_close(&out);
    if (b->program->is_json)
        printf("%s\n", buf_text(&out));
    buf_release(&out);
    return b->miscounted || b->disordered || b->left || crowd_lost(b->crowd)
               ? EXIT_REFUSED
               : EXIT_OK;
}

static int run(struct market_bench *b)
{
    struct err err = ERR_INIT;
    int rc;

    /* What they are given first may be a run's before. */
    clock_format(clock_now_us(), b->begun);
    if (crowd_gather(b->crowd, &err) < 0) {
        fprintf(stderr, "lws-app-client: %s\n", err.text);
        return EXIT_UNREACHED;
    }
    fputs("subscribed\n", stderr);
    uv_timer_init(link_loop(b->program->link), &b->timer);
    b->timer.data = b;
    b->begun_us = clock_mono_us();
    rc = feed_all(b);
    if (rc == EXIT_OK) {
        await_last(b);
        rc = report(b);
    }
    b->is_over = true;
    return rc;
}

static int read_flags(struct market_bench *b)
{
    struct program *program = b->program;

    b->sockets = program_number(program, "--sockets", 100, 1, CROWD_MAX);
    b->symbols = program_number(program, "--symbols", 10, 1, SYMBOLS_MAX);
    b->rate = program_number(program, "--rate", 1000, 1, 1000000);
    b->seconds = program_number(program, "--seconds", 5, 1, 3600);
    b->max_rate = program_number(program, "--max-rate", 20, 1, 60);
    b->is_plain = program_flag(program, "--plain");
    b->each = program_number(program, "--each", b->is_plain, 0, LINES_MAX / 5);
    if (b->sockets < 0 || b->symbols < 0 || b->rate < 0 || b->seconds < 0 ||
        b->max_rate < 0 || b->each < 0)
        return EXIT_USAGE;
    b->total = (int64_t)b->rate * b->seconds;
    if (b->total > TICKS_MAX)
        return program_usage("--rate times --seconds is more than 100000000");
    return EXIT_OK;
}

static int make_room(struct market_bench *b)
{
    size_t pairs = (size_t)b->sockets * (size_t)b->symbols;

    b->fed_us = mem_zalloc((size_t)b->total * sizeof(*b->fed_us));
    b->newest = mem_zalloc(pairs * sizeof(*b->newest));
    b->left = (int64_t)pairs;
    return b->fed_us && b->newest && times_init(&b->age) == 0 &&
                   times_init(&b->wait) == 0
               ? EXIT_OK
               : EXIT_UNREACHED;
}

static void put_command(const struct market_bench *b, struct buf *out)
{
    json_open(out);
    json_put_str(out, "command", "subscribe");
    json_put_str(out, "stream", "market");
    json_put_int(out, "max_rate", b->max_rate);
    json_open_array(out, "symbols");
    for (long i = 0; i < b->symbols; i++) {
        char symbol[32];

        snprintf(symbol, sizeof(symbol), SYMBOL "%03ld", i);
        json_put_str(out, NULL, symbol);
    }
    json_close_array(out);
    json_close(out);
}

int program_bench_market(struct program *program)
{
    struct market_bench b = {.program = program};
    const struct crowd_hooks hooks = {.frame = on_frame, .arg = &b};
    struct crowd_options options = {.count = 0};
    struct err err = ERR_INIT;
    struct buf command;
    int rc = read_flags(&b);

    buf_init(&command, 65536);
    if (rc == EXIT_OK)
        rc = program_connect(program);
    if (rc == EXIT_OK)
        rc = make_room(&b);
    put_command(&b, &command);
    options.count = (size_t)b.sockets;
    options.is_plain = b.is_plain;
    options.protocol = "market";
    options.command = buf_text(&command);
    if (rc == EXIT_OK &&
        crowd_new(&b.crowd, program->link, &options, &hooks, &err) < 0)
        rc = EXIT_UNREACHED;
    if (rc == EXIT_OK)
        rc = run(&b);
    /* Its sockets end with the link. */
    link_close(program->link);
    program->link = NULL;
    crowd_free(b.crowd);
    buf_release(&command);
    times_release(&b.age);
    times_release(&b.wait);
    mem_free(b.fed_us);
    mem_free(b.newest);
    return rc;
}
