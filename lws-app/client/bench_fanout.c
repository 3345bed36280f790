#include "base/clock.h"
#include "base/mem.h"
#include "client/crowd.h"
#include "client/program.h"
#include "client/times.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define BODY_MAX (1024 * 1024)
#define BATCH_MAX 1000
/* Nothing has come for so long: what is missing won't. */
#define STALLED_MS 10000

/*
 * Orders of one user, placed one request after the other, and the sockets of
 * that user, each of which must get each event once and in order.
 */
struct fanout {
    struct program *program;
    struct crowd *crowd;
    long sockets, count, batch, bytes;
    bool is_plain;
    int64_t first; /* position of the first event; 0: none came yet */
    int64_t *wanted;
    int64_t *placed_us; /* by number of the event */
    int64_t *ids;
    struct times times;
    int64_t delivered, delivered_bytes;
    int64_t begun_us, ended_us;
    int64_t disordered, folded, foreign;
    int64_t last_position;
    int64_t seen_at_check;
    uv_timer_t timer;
    bool is_over;
};

static void take_event(struct fanout *fanout, size_t member, int64_t seq,
                       int64_t now)
{
    int64_t *wanted = &fanout->wanted[member];
    int64_t event;

    if (!fanout->first)
        fanout->first = seq;
    if (!*wanted)
        *wanted = fanout->first;
    event = seq - fanout->first;
    if (seq != *wanted || event >= fanout->count || !fanout->placed_us[event]) {
        fanout->disordered++;
        return;
    }
    ++*wanted;
    times_add(&fanout->times, now - fanout->placed_us[event]);
    if (++fanout->delivered == fanout->sockets * fanout->count) {
        fanout->ended_us = now;
        fanout->is_over = true;
    }
}

/* The digits at at; 0, which is no event's: none, or more than are exact. */
static int64_t read_seq(const char *at, const char *end)
{
    int64_t seq = 0;

    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        if (seq > PROGRAM_WHOLE_MAX / 10)
            return 0;
        seq = seq * 10 + (*at - '0');
    }
    return seq;
}

/* Within a string of an event its quotes would be escaped. */
static void on_frame(void *arg, size_t member, const char *text, size_t len)
{
    static const char mark[] = "\"seq\":";
    struct fanout *fanout = arg;
    const char *end = text + len;
    const char *at = text;
    int64_t now = clock_mono_us();
    int64_t seq;

    if (fanout->is_over || memmem(text, len, "\"heartbeat\"", 11))
        return;
    if (memmem(text, len, "\"folded\"", 8))
        fanout->folded++;
    fanout->delivered_bytes += (int64_t)len;
    while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1))) {
        at += sizeof(mark) - 1;
        seq = read_seq(at, end);
        if (seq)
            take_event(fanout, member, seq, now);
        else
            fanout->disordered++;
    }
}

static void put_order(const struct fanout *fanout, struct buf *body, long event)
{
    size_t start = body->len;

    json_open(body);
    if (fanout->is_plain) {
        json_put_int(body, "seq", event + 1);
        buf_put_text(body, ",\"pad\":\"");
        for (size_t i = body->len - start; i + 2 < (size_t)fanout->bytes; i++)
            buf_put_char(body, 'x');
        buf_put_char(body, '"');
    } else {
        json_put_str(body, "instrument", "BENCH");
        json_put_str(body, "quantity", "100");
        json_put_str(body, "price", "338.67");
    }
    json_close(body);
}

static void put_orders(const struct fanout *fanout, struct buf *body,
                       long event, long count)
{
    const char *before = fanout->is_plain ? "{\"events\":[" : "[";

    if (count > 1)
        buf_put_text(body, before);
    for (long i = 0; i < count; i++) {
        put_order(fanout, body, event + i);
    }
    if (count > 1)
        buf_put_text(body, fanout->is_plain ? "]}" : "]");
}

/* 0: what is no number of ours. */
static int64_t figure_of(const cJSON *order, const char *name)
{
    int64_t figure;

    return program_whole(cJSON_GetObjectItemCaseSensitive(order, name), &figure)
               ? figure
               : 0;
}

/* Where the stream moves by more than the bench's own orders, somebody else
 * writes too, and the figures are worth nothing. */
static void keep_order(struct fanout *fanout, const cJSON *order, long event)
{
    int64_t position = figure_of(order, "position");

    if (event >= fanout->count)
        return;
    fanout->ids[event] = figure_of(order, "id");
    if (event > 0 && position != fanout->last_position + 1)
        fanout->foreign++;
    fanout->last_position = position;
}

static void keep_orders(struct fanout *fanout, const cJSON *answer, long event)
{
    const cJSON *order;

    if (cJSON_IsObject(answer)) {
        keep_order(fanout, answer, event);
        return;
    }
    cJSON_ArrayForEach(order, answer)
    {
        keep_order(fanout, order, event++);
    }
}

static int place_batch(struct fanout *fanout, long event, long count)
{
    cJSON *tree = NULL;
    struct buf body;
    int64_t now;
    int rc;

    buf_init(&body, BODY_MAX);
    put_orders(fanout, &body, event, count);
    now = clock_mono_us();
    for (long i = 0; i < count; i++)
        fanout->placed_us[event + i] = now;
    rc = program_ask(fanout->program, "POST", "/api/data/", &body, &tree);
    buf_release(&body);
    if (rc == EXIT_OK && !fanout->is_plain)
        keep_orders(fanout, tree, event);
    cJSON_Delete(tree);
    return rc;
}

static void on_check(uv_timer_t *timer)
{
    struct fanout *fanout = timer->data;

    if (fanout->delivered == fanout->seen_at_check) {
        fanout->ended_us = clock_mono_us();
        fanout->is_over = true;
    }
    fanout->seen_at_check = fanout->delivered;
}

static void await_last(struct fanout *fanout)
{
    fanout->seen_at_check = fanout->delivered;
    if (fanout->foreign) {
        fanout->ended_us = clock_mono_us();
        fanout->is_over = true;
    }
    uv_timer_init(link_loop(fanout->program->link), &fanout->timer);
    fanout->timer.data = fanout;
    uv_timer_start(&fanout->timer, on_check, STALLED_MS, STALLED_MS);
    link_wait(fanout->program->link, &fanout->is_over);
    uv_timer_stop(&fanout->timer);
}

/* An array of figures, each with its name. */
static void put_figures(const struct fanout *fanout, struct buf *out)
{
    double seconds = (double)(fanout->ended_us - fanout->begun_us) / 1e6;
    const struct {
        const char *name;
        int64_t value;
    } figures[] = {
        {"sockets", fanout->sockets},
        {"events", fanout->count},
        {"us", fanout->ended_us - fanout->begun_us},
        {"deliveries_per_s",
         seconds > 0 ? (int64_t)((double)fanout->delivered / seconds) : 0},
        {"bytes", fanout->delivered_bytes},
        {"p50_us", times_percentile(&fanout->times, 50)},
        {"p99_us", times_percentile(&fanout->times, 99)},
        {"max_us", fanout->times.max_us},
        {"missing", fanout->sockets * fanout->count - fanout->delivered},
        {"disordered", fanout->disordered},
        {"folded", fanout->folded},
        {"foreign", fanout->foreign},
        {"closed", (int64_t)crowd_lost(fanout->crowd)},
    };

    json_open(out);
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        json_put_int(out, figures[i].name, figures[i].value);
        if (!fanout->program->is_json)
            printf("%-17s %" PRId64 "\n", figures[i].name, figures[i].value);
    }
    json_close(out);
}

static int report(const struct fanout *fanout)
{
    struct buf out;

    buf_init(&out, 4096);
    put_figures(fanout, &out);
    if (fanout->program->is_json)
        printf("%s\n", buf_text(&out));
    buf_release(&out);
    return fanout->delivered < fanout->sockets * fanout->count ||
                   fanout->disordered || fanout->folded || fanout->foreign
               ? EXIT_REFUSED
               : EXIT_OK;
}

static int remove_some(struct fanout *fanout, long event)
{
    cJSON *tree = NULL;
    struct buf body;
    bool is_any = false;
    int rc = EXIT_OK;

    buf_init(&body, BODY_MAX);
    json_open(&body);
    json_put_str(&body, "action", "delete");
    json_open_array(&body, "orders");
    for (long i = event; i < fanout->count && i < event + BATCH_MAX; i++) {
        if (fanout->ids[i] > 0) {
            json_put_int(&body, NULL, fanout->ids[i]);
            is_any = true;
        }
    }
    json_close_array(&body);
    json_close(&body);
    if (is_any)
        rc = program_ask(fanout->program, "POST", "/api/data/bulk/", &body,
                         &tree);
    buf_release(&body);
    cJSON_Delete(tree);
    return rc;
}

static void remove_orders(struct fanout *fanout)
{
    for (long i = 0; i < fanout->count; i += BATCH_MAX) {
        if (remove_some(fanout, i) != EXIT_OK)
            fputs("lws-app-client: orders named BENCH are left behind\n",
                  stderr);
    }
}

static int run(struct fanout *fanout)
{
    struct err err = ERR_INIT;
    int rc = EXIT_OK;

    if (crowd_gather(fanout->crowd, &err) < 0) {
        fprintf(stderr, "lws-app-client: %s\n", err.text);
        return EXIT_UNREACHED;
    }
    fanout->begun_us = clock_mono_us();
    for (long i = 0; i < fanout->count && rc == EXIT_OK; i += fanout->batch) {
        long left = fanout->count - i;

        rc =
            place_batch(fanout, i, left < fanout->batch ? left : fanout->batch);
    }
    if (rc == EXIT_OK) {
        await_last(fanout);
        rc = report(fanout);
    }
    fanout->is_over = true;
    if (!fanout->is_plain && !program_flag(fanout->program, "--keep"))
        remove_orders(fanout);
    return rc;
}

static int read_flags(struct fanout *fanout)
{
    struct program *program = fanout->program;

    fanout->sockets = program_number(program, "--sockets", 100, 1, CROWD_MAX);
    fanout->count = program_number(program, "--count", 100, 1, 1000000);
    fanout->batch = program_number(program, "--batch", 1, 1, BATCH_MAX);
    fanout->bytes = program_number(program, "--bytes", 400, 64, 1000);
    fanout->is_plain = program_flag(program, "--plain");
    if (fanout->sockets < 0 || fanout->count < 0 || fanout->batch < 0 ||
        fanout->bytes < 0)
        return EXIT_USAGE;
    return EXIT_OK;
}

static int make_room(struct fanout *fanout)
{
    size_t sockets = (size_t)fanout->sockets;
    size_t count = (size_t)fanout->count;

    fanout->wanted = mem_zalloc(sockets * sizeof(*fanout->wanted));
    fanout->placed_us = mem_zalloc(count * sizeof(*fanout->placed_us));
    fanout->ids = mem_zalloc(count * sizeof(*fanout->ids));
    return fanout->wanted && fanout->placed_us && fanout->ids &&
                   times_init(&fanout->times) == 0
               ? EXIT_OK
               : EXIT_UNREACHED;
}

int program_bench_fanout(struct program *program)
{
    struct fanout fanout = {.program = program};
    const struct crowd_hooks hooks = {.frame = on_frame, .arg = &fanout};
    struct crowd_options options = {.count = 0};
    struct err err = ERR_INIT;
    int rc = read_flags(&fanout);

    if (rc == EXIT_OK)
        rc = program_connect(program);
    if (rc == EXIT_OK)
        rc = make_room(&fanout);
    options.count = (size_t)fanout.sockets;
    options.is_plain = fanout.is_plain;
    if (rc == EXIT_OK &&
        crowd_new(&fanout.crowd, program->link, &options, &hooks, &err) < 0)
        rc = EXIT_UNREACHED;
    if (rc == EXIT_OK)
        rc = run(&fanout);
    /* Its sockets end with the link. */
    link_close(program->link);
    program->link = NULL;
    crowd_free(fanout.crowd);
    mem_free(fanout.wanted);
    mem_free(fanout.placed_us);
    mem_free(fanout.ids);
    times_release(&fanout.times);
    return rc;
}
