#include "client/program.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 5000
#define HEARTBEAT_S 5
#define DELAY_MAX_MS 60000
/* Two heartbeats missed: the connection is taken for dead. */
#define SILENCE_MS (2 * HEARTBEAT_S * 1000 + 1000)

struct watch {
    struct program *program;
    const char *stream;
    long left; /* events still to be printed; 0: no end */
    char epoch[65];
    int64_t seq; /* -1: nothing is known yet */
    int wait_ms;
    int told_ms; /* the delay of a shutdown frame */
    uv_timer_t retry, silence;
    uv_signal_t on_int, on_term;
    bool is_done;
    int rc;
};

static void finish(struct watch *watch, int rc)
{
    watch->rc = rc;
    watch->is_done = true;
}

static const cJSON *get(const cJSON *tree, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(tree, name);
}

static void on_opened(void *arg)
{
    struct watch *watch = arg;
    struct err err = ERR_INIT;
    struct buf text;

    buf_init(&text, 4096);
    json_open(&text);
    json_put_str(&text, "command", "subscribe");
    json_put_str(&text, "stream", watch->stream);
    json_put_int(&text, "heartbeat", HEARTBEAT_S);
    if (watch->seq >= 0) {
        json_open_key(&text, "position");
        json_put_str(&text, "epoch", watch->epoch);
        json_put_int(&text, "seq", watch->seq);
        json_close(&text);
    }
    json_close(&text);
    if (link_send(watch->program->link, &text, &err) < 0)
        link_drop(watch->program->link);
    buf_release(&text);
}

/* Of the moment: the same may be taken a little later. */
static bool is_passing(const cJSON *code)
{
    static const char *const passing[] = {"throttled", "unavailable", "budget",
                                          "nomem"};

    for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
        if (cJSON_IsString(code) && !strcmp(code->valuestring, passing[i]))
            return true;
    }
    return false;
}

static void take_answer(struct watch *watch, const cJSON *frame)
{
    const cJSON *position = get(frame, "position");
    const cJSON *epoch = get(position, "epoch");
    const char *how = "connected";
    int64_t seq;
    bool is_behind; /* goes on from where it was */

    if (!cJSON_IsString(get(frame, "status")) ||
        strcmp(get(frame, "status")->valuestring, "ok") != 0) {
        const cJSON *detail = get(frame, "detail");

        fprintf(stderr, "lws-app-client: %s\n",
                cJSON_IsString(detail) ? detail->valuestring : "refused");
        if (is_passing(get(frame, "code"))) {
            link_drop(watch->program->link);
            return;
        }
        finish(watch, EXIT_REFUSED);
        return;
    }
    if (!cJSON_IsString(epoch) || !program_whole(get(position, "seq"), &seq))
        return;
    watch->wait_ms = RETRY_MIN_MS;
    is_behind = cJSON_IsTrue(get(frame, "recovered")) ||
                cJSON_IsTrue(get(frame, "folded"));
    if (is_behind)
        how = get(frame, "folded") ? "folded" : "recovered";
    else if (cJSON_IsTrue(get(frame, "resync")))
        how = "resync";
    if (is_behind)
        fprintf(stderr, "%s from %" PRId64 " to %" PRId64 "\n", how, watch->seq,
                seq);
    else
        fprintf(stderr, "%s at %" PRId64 "\n", how, seq);
    /* What was missed follows, up to the position of the answer. */
    if (watch->seq < 0 || !is_behind)
        watch->seq = seq;
    snprintf(watch->epoch, sizeof(watch->epoch), "%s", epoch->valuestring);
}

static void print_line(struct watch *watch, const cJSON *frame)
{
    program_show_json(frame);
    fflush(stdout);
    if (watch->left && --watch->left == 0)
        finish(watch, EXIT_OK);
}

static void take_event(struct watch *watch, const cJSON *event)
{
    int64_t seq;

    if (watch->is_done || !program_whole(get(event, "seq"), &seq))
        return;
    if (seq != watch->seq + 1) {
        fprintf(stderr, "a hole before %" PRId64 ": asking again\n", seq);
        link_drop(watch->program->link);
        return;
    }
    watch->seq++;
    print_line(watch, event);
}

static void take_typed(struct watch *watch, const cJSON *frame,
                       const char *type)
{
    int64_t number;

    if (!strncmp(type, "data.", 5)) {
        take_event(watch, frame);
    } else if (!strcmp(type, "folded")) {
        if (program_whole(get(frame, "to"), &number))
            watch->seq = number;
        print_line(watch, frame);
    } else if (!strcmp(type, "heartbeat")) {
        if (program_whole(get(get(frame, "streams"), watch->stream), &number) &&
            number != watch->seq)
            link_drop(watch->program->link);
    } else if (!strcmp(type, "shutdown")) {
        if (!program_whole(get(frame, "delay_ms"), &number))
            number = 0;
        watch->told_ms = (int)(number < DELAY_MAX_MS ? number : DELAY_MAX_MS);
    }
}

static void on_silence(uv_timer_t *timer)
{
    struct watch *watch = timer->data;

    fprintf(stderr, "nothing was heard: connecting again\n");
    link_drop(watch->program->link);
}

static void on_frame(void *arg, const char *text, size_t len)
{
    struct watch *watch = arg;
    cJSON *frame = cJSON_ParseWithLength(text, len);
    const cJSON *type = get(frame, "type");
    const cJSON *event;

    uv_timer_start(&watch->silence, on_silence, SILENCE_MS, 0);
    if (get(frame, "command"))
        take_answer(watch, frame);
    else if (cJSON_IsString(type))
        take_typed(watch, frame, type->valuestring);
    else
        cJSON_ArrayForEach(event, get(frame, "events"))
            take_event(watch, event);
    cJSON_Delete(frame);
}

static void connect_again(uv_timer_t *timer);

static void plan_retry(struct watch *watch)
{
    /* Jitter, so that many clients do not come back at once. */
    int wait_ms = watch->told_ms
                      ? watch->told_ms
                      : watch->wait_ms / 2 + rand() % (watch->wait_ms / 2 + 1);

    watch->told_ms = 0;
    watch->wait_ms *= 2;
    if (watch->wait_ms > RETRY_MAX_MS)
        watch->wait_ms = RETRY_MAX_MS;
    uv_timer_start(&watch->retry, connect_again, (uint64_t)wait_ms, 0);
}

static void on_closed(void *arg, int code, int status)
{
    struct watch *watch = arg;

    uv_timer_stop(&watch->silence);
    if (watch->is_done)
        return;
    if (code == 4401 || status == 401) {
        fprintf(stderr, "lws-app-client: the login has ended\n");
        finish(watch, EXIT_REFUSED);
        return;
    }
    fprintf(stderr, "disconnected (%d): connecting again\n",
            code ? code : status);
    plan_retry(watch);
}

static void follow(struct watch *watch)
{
    const struct link_hooks hooks = {on_opened, on_frame, on_closed, watch};
    struct err err = ERR_INIT;

    if (link_follow(watch->program->link, &hooks, &err) < 0 &&
        !uv_is_active((uv_handle_t *)&watch->retry))
        plan_retry(watch);
}

static void connect_again(uv_timer_t *timer)
{
    follow(timer->data);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    finish(handle->data, EXIT_OK);
}

int program_watch(struct program *program)
{
    const char *stream = program_flag(program, "--stream");
    struct watch watch = {.program = program,
                          .stream = stream ? stream : "orders",
                          .seq = -1,
                          .wait_ms = RETRY_MIN_MS};
    uv_loop_t *loop = link_loop(program->link);
    int rc;

    watch.left = program_number(program, "--count", 0, 1, 1000000000);
    if (watch.left < 0)
        return EXIT_USAGE;
    rc = program_connect(program);
    if (rc != EXIT_OK)
        return rc;
    srand((unsigned)uv_hrtime());
    uv_timer_init(loop, &watch.retry);
    uv_timer_init(loop, &watch.silence);
    uv_signal_init(loop, &watch.on_int);
    uv_signal_init(loop, &watch.on_term);
    watch.retry.data = watch.silence.data = &watch;
    watch.on_int.data = watch.on_term.data = &watch;
    uv_signal_start(&watch.on_int, on_signal, SIGINT);
    uv_signal_start(&watch.on_term, on_signal, SIGTERM);
    follow(&watch);
    link_wait(program->link, &watch.is_done);
    /* The handles live in this frame: they must be closed in it too. */
    link_close(program->link);
    program->link = NULL;
    return watch.rc;
}
