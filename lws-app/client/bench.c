#include "base/clock.h"
#include "base/mem.h"
#include "client/program.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* The most that is removed after an interruption, and at once. */
#define PATIENCE_MS 10000
#define BULK_MAX 1000

/* POST to frame, as a client on the same loop sees both. */
struct bench {
    struct program *program;
    char wanted[64]; /* the client_order_id whose frame is awaited */
    int64_t begun_us;
    int64_t frame_us;
    bool is_subscribed;
    bool has_frame;
    bool is_broken;
    int signal; /* asked to stop; 0: not */
    uv_signal_t on_int, on_term;
    uv_timer_t patience;
};

struct sample {
    int64_t answer_us;
    int64_t frame_us;
    int64_t id;
};

static void on_opened(void *arg)
{
    struct bench *bench = arg;
    struct err err = ERR_INIT;
    struct buf text;

    buf_init(&text, 256);
    json_open(&text);
    json_put_str(&text, "command", "subscribe");
    json_close(&text);
    if (link_send(bench->program->link, &text, &err) < 0)
        bench->is_broken = true;
    buf_release(&text);
}

static void on_frame(void *arg, const char *text, size_t len)
{
    struct bench *bench = arg;
    int64_t now = clock_mono_us();

    if (memmem(text, len, "\"command\":\"subscribe\"", 21))
        bench->is_subscribed = true;
    else if (*bench->wanted &&
             memmem(text, len, bench->wanted, strlen(bench->wanted))) {
        bench->frame_us = now - bench->begun_us;
        bench->has_frame = true;
        bench->wanted[0] = '\0';
    }
}

/* Everything that waits is let go. */
static void on_closed(void *arg, int code, int status)
{
    struct bench *bench = arg;

    (void)code;
    (void)status;
    bench->is_broken = true;
    bench->is_subscribed = true;
    bench->has_frame = true;
}

static int post(struct bench *bench, long i, struct sample *sample)
{
    cJSON *tree = NULL;
    struct buf body;
    int rc;

    snprintf(bench->wanted, sizeof(bench->wanted), "bench-%" PRId64 "-%ld",
             clock_now_us(), i);
    buf_init(&body, 1024);
    json_open(&body);
    json_put_str(&body, "instrument", "BENCH");
    json_put_str(&body, "quantity", "1");
    json_put_str(&body, "price", "1");
    json_put_str(&body, "client_order_id", bench->wanted);
    json_close(&body);
    bench->has_frame = false;
    bench->begun_us = clock_mono_us();
    rc = program_ask(bench->program, "POST", "/api/data/", &body, &tree);
    sample->answer_us = clock_mono_us() - bench->begun_us;
    buf_release(&body);
    if (rc == EXIT_OK)
        link_wait(bench->program->link, &bench->has_frame);
    if (rc == EXIT_OK && bench->is_broken)
        rc = EXIT_UNREACHED;
    sample->frame_us = bench->frame_us;
    if (tree) {
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(tree, "id");

        if (!program_whole(id, &sample->id))
            sample->id = 0;
    }
    cJSON_Delete(tree);
    return rc;
}

/* A server that does not answer must not keep who wants to leave. */
static void on_patience(uv_timer_t *timer)
{
    const struct bench *bench = timer->data;

    fputs("lws-app-client: orders named BENCH are left behind\n", stderr);
    _exit(128 + bench->signal);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct bench *bench = handle->data;

    if (bench->signal)
        on_patience(&bench->patience);
    bench->signal = number;
    bench->is_subscribed = true;
    bench->has_frame = true;
    uv_timer_start(&bench->patience, on_patience, PATIENCE_MS, 0);
}

static void watch_signals(struct bench *bench)
{
    uv_loop_t *loop = link_loop(bench->program->link);

    uv_timer_init(loop, &bench->patience);
    uv_signal_init(loop, &bench->on_int);
    uv_signal_init(loop, &bench->on_term);
    bench->patience.data = bench->on_int.data = bench->on_term.data = bench;
    uv_signal_start(&bench->on_int, on_signal, SIGINT);
    uv_signal_start(&bench->on_term, on_signal, SIGTERM);
}

static int remove_some(struct bench *bench, const struct sample *samples,
                       long count)
{
    cJSON *tree = NULL;
    struct buf body;
    bool is_any = false;
    int rc = EXIT_OK;

    buf_init(&body, 1 << 20);
    json_open(&body);
    json_put_str(&body, "action", "delete");
    json_open_array(&body, "orders");
    for (long i = 0; i < count; i++) {
        if (samples[i].id > 0) {
            json_put_int(&body, NULL, samples[i].id);
            is_any = true;
        }
    }
    json_close_array(&body);
    json_close(&body);
    if (is_any)
        rc = program_ask(bench->program, "POST", "/api/data/bulk/", &body,
                         &tree);
    buf_release(&body);
    cJSON_Delete(tree);
    return rc;
}

static void remove_all(struct bench *bench, const struct sample *samples,
                       long count)
{
    for (long i = 0; i < count; i += BULK_MAX) {
        if (remove_some(bench, samples + i,
                        count - i < BULK_MAX ? count - i : BULK_MAX) != EXIT_OK)
            fputs("lws-app-client: orders named BENCH are left behind\n",
                  stderr);
    }
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static void show(struct program *program, const char *name, int64_t *times,
                 long count, bool is_last)
{
    int64_t p50;
    int64_t p99;

    qsort(times, (size_t)count, sizeof(*times), compare);
    p50 = times[count / 2];
    p99 = times[count * 99 / 100];
    if (program->is_json)
        printf("%s\"%s\":{\"p50_us\":%" PRId64 ",\"p99_us\":%" PRId64
               ",\"max_us\":%" PRId64 "}%s",
               is_last ? "" : "{", name, p50, p99, times[count - 1],
               is_last ? "}\n" : ",");
    else
        printf("%-15s p50 %6" PRId64 " us   p99 %6" PRId64 " us   max %6" PRId64
               " us\n",
               name, p50, p99, times[count - 1]);
}

static int report(struct program *program, const struct sample *samples,
                  long count)
{
    int64_t *times = mem_alloc((size_t)count * sizeof(*times));

    if (!times)
        return EXIT_UNREACHED;
    for (long i = 0; i < count; i++)
        times[i] = samples[i].frame_us;
    show(program, "post_to_frame", times, count, false);
    for (long i = 0; i < count; i++)
        times[i] = samples[i].answer_us;
    show(program, "post_to_answer", times, count, true);
    mem_free(times);
    return EXIT_OK;
}

static int run(struct bench *bench, struct sample *samples, long warmup,
               long count)
{
    const struct link_hooks hooks = {on_opened, on_frame, on_closed, bench};
    struct err err = ERR_INIT;
    int rc = EXIT_OK;
    long i;

    if (link_follow(bench->program->link, &hooks, &err) < 0)
        return EXIT_UNREACHED;
    link_wait(bench->program->link, &bench->is_subscribed);
    if (bench->is_broken)
        return EXIT_UNREACHED;
    for (i = 0; i < warmup + count && rc == EXIT_OK && !bench->signal; i++)
        rc = post(bench, i, &samples[i]);
    if (rc == EXIT_OK && !bench->signal)
        rc = report(bench->program, samples + warmup, count);
    remove_all(bench, samples, i);
    return bench->signal ? 128 + bench->signal : rc;
}

int program_bench_latency(struct program *program)
{
    struct bench bench = {.program = program};
    long count = program_number(program, "--count", 1000, 1, 1000000);
    long warmup = program_number(program, "--warmup", 50, 0, 100000);
    struct sample *samples;
    int rc;

    if (count < 0 || warmup < 0)
        return EXIT_USAGE;
    rc = program_connect(program);
    if (rc != EXIT_OK)
        return rc;
    samples = mem_zalloc((size_t)(count + warmup) * sizeof(*samples));
    if (!samples)
        return EXIT_UNREACHED;
    watch_signals(&bench);
    rc = run(&bench, samples, warmup, count);
    if (rc == EXIT_UNREACHED)
        fprintf(stderr, "lws-app-client: the connection was lost\n");
    mem_free(samples);
    /* The handles live in this frame: they must be closed in it too. */
    link_close(program->link);
    program->link = NULL;
    return rc;
}
