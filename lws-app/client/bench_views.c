#include "base/clock.h"
#include "base/mem.h"
#include "client/crowd.h"
#include "client/program.h"
#include "client/times.h"
#include "client/tokens.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define ROWS 25       /* orders that change, and that each view shows */
#define FIRST 1000000 /* quantity of the first change: all have 7 digits */
#define CHANGES_MAX 1000000
#define BODY_MAX (64 * 1024)
/* Nothing has come for so long: what is missing won't. */
#define STALLED_MS 10000

/*
 * Orders of one user that are changed so many times a second, in turn, and
 * sockets that look at a page of them. A change's number is in the quantity, so
 * that of every row it is known how old what it shows is, and how long the
 * oldest change that it stands for has waited. Each socket must come to show
 * the last change of every order. With tokens of staff, each socket has a view
 * of its own.
 */
struct views_bench {
    struct program *program;
    struct crowd *crowd;
    long sockets, rate, seconds, max_rate;
    struct tokens tokens;
    char stream[256];
    bool is_different; /* no two sockets look at the same view */
    long total;        /* changes */
    long made;         /* of them */
    int64_t ids[ROWS];
    int64_t *made_us; /* when, by number */
    int32_t *seen;    /* changes of it, by socket and row */
    int64_t left;     /* of these, that are not the last one yet */
    struct times age, wait;
    int64_t frames, bytes, shown, disordered, ended;
    int64_t gathered_us, begun_us, ended_us;
    int64_t frames_at_check;
    uv_timer_t timer;
    bool is_over, is_woken;
};

/* How many changes of that row there are. */
static int32_t changes_of(const struct views_bench *b, long row)
{
    return (int32_t)((b->made - row + ROWS - 1) / ROWS);
}

static void take_row(struct views_bench *b, size_t member, long number,
                     int64_t now)
{
    long row = number % ROWS;
    int32_t *seen = &b->seen[member * ROWS + (size_t)row];
    int32_t change = (int32_t)(number / ROWS) + 1;

    if (number >= b->made || change < *seen)
        b->disordered++;
    if (number >= b->made || change <= *seen)
        return;
    b->shown++;
    times_add(&b->age, now - b->made_us[number]);
    times_add(&b->wait, now - b->made_us[*seen * ROWS + row]);
    *seen = change;
    if (b->made == b->total && change == changes_of(b, row) && --b->left == 0) {
        b->ended_us = now;
        b->is_over = true;
    }
}

/* Within a string of a row its quotes would be escaped. */
static void on_frame(void *arg, size_t member, const char *text, size_t len)
{
    static const char mark[] = "\"quantity\":\"";
    struct views_bench *b = arg;
    const char *end = text + len;
    const char *at = text;
    int64_t now = clock_mono_us();

    if (b->is_over || !memmem(text, len < 32 ? len : 32, "\"view\"", 6))
        return;
    if (memmem(text, len, "\"error\":", 8)) {
        b->ended++;
        if (b->ended == 1)
            fprintf(stderr, "lws-app-client: %.*s\n",
                    (int)(len < 300 ? len : 300), text);
        return;
    }
    b->frames++;
    b->bytes += (int64_t)len;
    while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1))) {
        long number = 0;

        at += sizeof(mark) - 1;
        for (; at < end && *at >= '0' && *at <= '9' && number < 10 * FIRST;
             at++)
            number = number * 10 + (*at - '0');
        if (number >= FIRST)
            take_row(b, member, number - FIRST, now);
    }
}

/* All rows match, whatever the socket. */
static void put_command(void *arg, size_t member, struct buf *out)
{
    const struct views_bench *b = arg;

    json_open(out);
    json_put_str(out, "command", "view");
    json_put_str(out, "id", "bench");
    json_put_int(out, "max_rate", b->max_rate);
    if (b->tokens.count)
        json_put_str(out, "stream", b->stream);
    json_open_key(out, "query");
    json_put_str(out, "instrument", "BENCH");
    json_put_int(out, "page_size", ROWS);
    if (b->is_different)
        json_put_int(out, "price__lte", 1000 + (int64_t)member);
    json_close(out);
    json_close(out);
}

static int place_orders(struct views_bench *b)
{
    const cJSON *order;
    cJSON *tree = NULL;
    struct buf body;
    size_t count = 0;
    int rc;

    buf_init(&body, BODY_MAX);
    buf_put_char(&body, '[');
    for (int i = 0; i < ROWS; i++) {
        json_open(&body);
        json_put_str(&body, "instrument", "BENCH");
        json_put_str(&body, "quantity", "1");
        json_put_str(&body, "price", "338.67");
        json_close(&body);
    }
    buf_put_char(&body, ']');
    rc = program_ask(b->program, "POST", "/api/data/", &body, &tree);
    buf_release(&body);
    cJSON_ArrayForEach(order, tree)
    {
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(order, "id");

        if (count < ROWS && program_whole(id, &b->ids[count]))
            count++;
    }
    cJSON_Delete(tree);
    if (rc == EXIT_OK && count < ROWS)
        rc = EXIT_REFUSED;
    return rc;
}

static int change_order(struct views_bench *b)
{
    cJSON *tree = NULL;
    char path[64];
    char quantity[32];
    struct buf body;
    int rc;

    snprintf(path, sizeof(path), "/api/data/%" PRId64 "/",
             b->ids[b->made % ROWS]);
    snprintf(quantity, sizeof(quantity), "%ld", FIRST + b->made);
    buf_init(&body, BODY_MAX);
    json_open(&body);
    json_put_str(&body, "quantity", quantity);
    json_close(&body);
    /* Its frame may be here before its answer. */
    b->made_us[b->made++] = clock_mono_us();
    rc = program_ask(b->program, "PATCH", path, &body, &tree);
    buf_release(&body);
    cJSON_Delete(tree);
    return rc;
}

static int remove_orders(struct views_bench *b)
{
    cJSON *tree = NULL;
    struct buf body;
    int rc;

    buf_init(&body, BODY_MAX);
    json_open(&body);
    json_put_str(&body, "action", "delete");
    json_open_array(&body, "orders");
    for (int i = 0; i < ROWS; i++)
        json_put_int(&body, NULL, b->ids[i]);
    json_close_array(&body);
    json_close(&body);
    rc = program_ask(b->program, "POST", "/api/data/bulk/", &body, &tree);
    buf_release(&body);
    cJSON_Delete(tree);
    return rc;
}

static void on_wake(uv_timer_t *timer)
{
    ((struct views_bench *)timer->data)->is_woken = true;
}

static void pause_ms(struct views_bench *b, uint64_t ms)
{
    b->is_woken = false;
    uv_timer_start(&b->timer, on_wake, ms, 0);
    link_wait(b->program->link, &b->is_woken);
}

/* What is shown before the last one is made is not the last one of its row. */
static int change_all(struct views_bench *b)
{
    int rc = EXIT_OK;

    while (rc == EXIT_OK && b->made < b->total) {
        int64_t due_us = b->begun_us + b->made * CLOCK_S / b->rate;
        int64_t now = clock_mono_us();

        if (now < due_us)
            pause_ms(b, (uint64_t)(due_us - now + 999) / 1000);
        else
            rc = change_order(b);
    }
    return rc;
}

static void on_check(uv_timer_t *timer)
{
    struct views_bench *b = timer->data;

    if (b->frames == b->frames_at_check) {
        b->ended_us = clock_mono_us();
        b->is_over = true;
    }
    b->frames_at_check = b->frames;
}

static void await_last(struct views_bench *b)
{
    b->left = 0;
    for (long i = 0; i < b->sockets * ROWS; i++)
        b->left += b->seen[i] < changes_of(b, i % ROWS);
    b->is_over = b->left == 0;
    b->ended_us = clock_mono_us();
    b->frames_at_check = -1;
    uv_timer_start(&b->timer, on_check, STALLED_MS, STALLED_MS);
    link_wait(b->program->link, &b->is_over);
    uv_timer_stop(&b->timer);
}

static int report(const struct views_bench *b)
{
    double seconds = (double)(b->ended_us - b->begun_us) / 1e6;
    const struct {
        const char *name;
        int64_t value;
    } figures[] = {
        {"sockets", b->sockets},
        {"gathered_us", b->gathered_us},
        {"changes", b->made},
        {"us", b->ended_us - b->begun_us},
        {"frames", b->frames},
        {"bytes", b->bytes},
        {"frames_per_s", (int64_t)((double)b->frames / seconds)},
        {"combined", (int64_t)b->made * b->sockets - b->shown},
        {"age_p50_us", times_percentile(&b->age, 50)},
        {"age_p99_us", times_percentile(&b->age, 99)},
        {"age_max_us", b->age.max_us},
        {"wait_p50_us", times_percentile(&b->wait, 50)},
        {"wait_p99_us", times_percentile(&b->wait, 99)},
        {"wait_max_us", b->wait.max_us},
        {"disordered", b->disordered},
        {"ended", b->ended},
        {"missing", b->left},
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
    return b->disordered || b->left || crowd_lost(b->crowd) ? EXIT_REFUSED
                                                            : EXIT_OK;
}

static int run(struct views_bench *b)
{
    struct err err = ERR_INIT;
    int rc = place_orders(b);

    if (rc != EXIT_OK)
        return rc;
    b->gathered_us = clock_mono_us();
    if (crowd_gather(b->crowd, &err) < 0) {
        fprintf(stderr, "lws-app-client: %s\n", err.text);
        remove_orders(b);
        return EXIT_UNREACHED;
    }
    b->begun_us = clock_mono_us();
    b->gathered_us = b->begun_us - b->gathered_us;
    fputs("subscribed\n", stderr);
    uv_timer_init(link_loop(b->program->link), &b->timer);
    b->timer.data = b;
    rc = change_all(b);
    if (rc == EXIT_OK) {
        await_last(b);
        rc = report(b);
    }
    b->is_over = true;
    if (remove_orders(b) != EXIT_OK)
        fputs("lws-app-client: orders named BENCH are left behind\n", stderr);
    return rc;
}

static int read_flags(struct views_bench *b)
{
    struct program *program = b->program;
    const char *username = program_flag(program, "--username");

    b->sockets = program_number(program, "--sockets", 100, 1, CROWD_MAX);
    b->rate = program_number(program, "--rate", 200, 1, 10000);
    b->seconds = program_number(program, "--seconds", 5, 1, 3600);
    b->is_different = program_flag(program, "--different");
    b->max_rate = program_number(program, "--max-rate", 20, 1, 60);
    if (b->sockets < 0 || b->rate < 0 || b->seconds < 0 || b->max_rate < 0)
        return EXIT_USAGE;
    b->total = b->rate * b->seconds;
    if (b->total > CHANGES_MAX)
        return program_usage("--rate times --seconds is more than 1000000");
    if (program_flag(program, "--tokens") && !username)
        return program_usage(
            "--tokens needs --username: the user whose orders are viewed");
    snprintf(b->stream, sizeof(b->stream), "user:%s", username ? username : "");
    return EXIT_OK;
}

static int make_room(struct views_bench *b)
{
    b->made_us = mem_zalloc((size_t)b->total * sizeof(*b->made_us));
    b->seen = mem_zalloc((size_t)b->sockets * ROWS * sizeof(*b->seen));
    return b->made_us && b->seen && times_init(&b->age) == 0 &&
                   times_init(&b->wait) == 0
               ? EXIT_OK
               : EXIT_UNREACHED;
}

int program_bench_views(struct program *program)
{
    struct views_bench b = {.program = program};
    const struct crowd_hooks hooks = {
        .frame = on_frame, .command = put_command, .arg = &b};
    struct crowd_options options = {.count = 0};
    struct err err = ERR_INIT;
    const char *path = program_flag(program, "--tokens");
    int rc = read_flags(&b);

    if (rc == EXIT_OK)
        rc = program_connect(program);
    if (rc == EXIT_OK && path)
        rc = tokens_read(&b.tokens, path);
    if (rc == EXIT_OK)
        rc = make_room(&b);
    options.count = (size_t)b.sockets;
    options.tokens = b.tokens.list;
    options.token_count = b.tokens.count;
    if (rc == EXIT_OK &&
        crowd_new(&b.crowd, program->link, &options, &hooks, &err) < 0)
        rc = EXIT_UNREACHED;
    if (rc == EXIT_OK)
        rc = run(&b);
    /* Its sockets end with the link. */
    link_close(program->link);
    program->link = NULL;
    crowd_free(b.crowd);
    times_release(&b.age);
    times_release(&b.wait);
    mem_free(b.made_us);
    mem_free(b.seen);
    tokens_release(&b.tokens);
    return rc;
}
