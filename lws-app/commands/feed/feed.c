#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/secret_file.h"
#include "commands/command.h"
#include "commands/feed/feed_lines.h"
#include "commands/feed/feed_target.h"
#include "commands/import/import_run.h"
#include "fanout/market_feed.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define GATHER_US 5000 /* so long a line waits for more of them */
#define LOOK_MS 200    /* how often it is looked at whether to stop */
#define TOKEN_MAX 4096
#define SPEED_MAX 1000000.0
#define RATE_MAX 1000000
#define LINE_ROOM 8192 /* more than tick_write() ever writes */

static const char *const own_flags[] = {
    "--format",      "--encoding", "--url",  "--ca",
    "--token-file",  "--speed",    "--rate", "--session",
    "--skip-faults", "--now",      NULL};

struct feed {
    struct command *command;
    struct feed_lines *lines;
    struct feed_target *target;
    const char *path;
    const char *session; /* NULL: each line's own */
    double speed;        /* 0: as fast as it goes */
    long rate;           /* lines a second; 0: as many as there are */
    bool skips_faults;
    bool is_now; /* each line's time is when it is sent */
    char token[TOKEN_MAX];
    char key[CONFIG_TEXT_MAX];
    struct buf gathered;
    int64_t gathered_us; /* since when */
    size_t gathered_count;
    int64_t sent, faults;
    int64_t begun_us;      /* when the first line was due */
    int64_t first_time_us; /* and its time */
    int64_t count;         /* lines that were read */
};

static const char *flag(const struct feed *feed, const char *name)
{
    return config_flag(feed->command->argc, feed->command->argv, name);
}

static int read_speed(struct feed *feed, struct err *err)
{
    const char *speed = flag(feed, "--speed");
    const char *rate = flag(feed, "--rate");
    char *end;

    if (speed && strcmp(speed, "max") != 0) {
        feed->speed = strtod(speed, &end);
        if (end == speed || *end || !isfinite(feed->speed) ||
            feed->speed < 1 / SPEED_MAX || feed->speed > SPEED_MAX)
            return err_field(err, "speed",
                             "must be max, or a multiple of the speed in the "
                             "lines' times: 1, 10, 0.5");
    }
    if (!rate)
        return 0;
    errno = 0;
    feed->rate = strtol(rate, &end, 10);
    if (errno || end == rate || *end || feed->rate < 1 || feed->rate > RATE_MAX)
        return err_field(err, "rate", "must be a number from 1 to %d",
                         RATE_MAX);
    return feed->speed > 0
               ? err_field(err, "rate",
                           "is given together with --speed: give only one")
               : 0;
}

static int read_format(const struct feed *feed, enum import_format *format,
                       struct err *err)
{
    const char *text = flag(feed, "--format");

    *format = IMPORT_BY_NAME;
    if (!text)
        return 0;
    *format = strcmp(text, "csv") == 0 ? IMPORT_CSV : IMPORT_NDJSON;
    if (*format == IMPORT_NDJSON && strcmp(text, "ndjson") != 0)
        return err_field(err, "format", "must be csv or ndjson");
    return 0;
}

static int check_session(const struct feed *feed, struct err *err)
{
    struct err fault = ERR_INIT;
    struct tick tick;
    struct buf line;
    int rc;

    if (!feed->session)
        return 0;
    buf_init(&line, 1 << 20);
    json_open(&line);
    json_put_str(&line, "symbol", "X");
    json_put_str(&line, "time", "2026-01-01");
    json_put_str(&line, "session", feed->session);
    json_close(&line);
    rc = tick_read_line(buf_text(&line), line.len, &tick, &fault);
    buf_release(&line);
    return rc < 0 ? err_field(err, "session", "%s", fault.fields[0].text) : 0;
}

static int read_token(struct feed *feed, struct err *err)
{
    static const char name[] = "token_file";
    const char *given = getenv("LWSAPP_TOKEN");
    const char *path = flag(feed, "--token-file");
    unsigned mode;

    if (!path)
        path = getenv("LWSAPP_TOKEN_FILE");
    if (path && *path) {
        if (given)
            return err_field(
                err, name,
                "is given together with LWSAPP_TOKEN: give only one");
        if (secret_file_is_shared(path, &mode))
            log_warn("command.secret_shared",
                     "setting=%s file=%s mode=%04o hint=\"chmod 600\"", name,
                     path, mode);
        return secret_file_read(name, path, feed->token, sizeof(feed->token),
                                err);
    }
    if (!given || !*given)
        return err_field(
            err, name,
            "is missing: a server takes market data only with a token");
    snprintf(feed->token, sizeof(feed->token), "%s", given);
    return 0;
}

/* The stream of the server with this database, unless the setting names it. */
static int name_stream(struct feed *feed, struct err *err)
{
    struct command *command = feed->command;
    const struct config *config = &command->config;

    if (!*config->market_stream &&
        (db_open(&command->db, config->database, DB_READ, err) < 0 ||
         meta_read(command->db, &command->meta, err) < 0))
        return -1;
    market_feed_name(config->market_stream, command->meta.epoch, feed->key,
                     sizeof(feed->key));
    return 0;
}

static void pause_ms(int64_t ms)
{
    poll(NULL, 0, (int)(ms < LOOK_MS ? ms : LOOK_MS));
}

static bool wait_for_target(void *arg, int ms, const struct err *why)
{
    int64_t end_us = clock_mono_us() + (int64_t)ms * 1000;

    (void)arg;
    if (ms == FEED_TARGET_WAIT_MS)
        command_complain("lws-app feed: waits", why);
    while (!import_run_is_stopped() && clock_mono_us() < end_us)
        pause_ms((end_us - clock_mono_us()) / 1000 + 1);
    return !import_run_is_stopped();
}

static int open_target(struct feed *feed, struct err *err)
{
    const struct config *config = &feed->command->config;
    char url[REDIS_URL_MAX];
    const struct feed_target_options options = {
        .url = flag(feed, "--url"),
        .ca = flag(feed, "--ca"),
        .token = feed->token,
        .redis_url = url,
        .key = feed->key,
        .wait = wait_for_target,
        .arg = feed,
    };

    if (market_feed_url(config->market_redis, config->redis, url, err) < 0)
        return -1;
    if (options.url) {
        if (read_token(feed, err) < 0)
            return -1;
    } else if (!*options.redis_url) {
        return err_field(err, "url",
                         "say where to send it: the server's --url, or the "
                         "--redis that feeds it");
    } else if (name_stream(feed, err) < 0) {
        return -1;
    }
    return feed_target_open(&feed->target, &options, err);
}

static int begin(struct feed *feed, struct err *err)
{
    struct command *command = feed->command;
    enum import_format format;

    if (command_begin(command, own_flags, err) < 0)
        return -1;
    if (command->rest_count != 1)
        return err_field(err, "file",
                         command->rest_count ? "must be one" : "is missing");
    feed->path = command->rest[0];
    feed->session = flag(feed, "--session");
    feed->skips_faults = flag(feed, "--skip-faults");
    feed->is_now = flag(feed, "--now");
    buf_init(&feed->gathered, 1 << 20);
    return read_speed(feed, err) < 0 || read_format(feed, &format, err) < 0 ||
                   check_session(feed, err) < 0 ||
                   feed_lines_open(&feed->lines, feed->path, format,
                                   flag(feed, "--encoding"), err) < 0
               ? -1
               : open_target(feed, err);
}

static int flush(struct feed *feed, struct err *err)
{
    int rc;

    if (!feed->gathered_count)
        return 0;
    rc = feed_target_send(feed->target, &feed->gathered, err);
    if (rc == 0)
        feed->sent += (int64_t)feed->gathered_count;
    buf_clear(&feed->gathered);
    feed->gathered_count = 0;
    return rc;
}

/* Until then, what is gathered goes on its way in its time. */
static int wait_until(struct feed *feed, int64_t due_us, struct err *err)
{
    int64_t now_us = clock_mono_us();

    while (now_us < due_us && !import_run_is_stopped()) {
        int64_t flush_us = feed->gathered_us + GATHER_US;
        int64_t next_us = due_us;

        if (feed->gathered_count && flush_us <= now_us) {
            if (flush(feed, err) < 0)
                return -1;
        } else {
            if (feed->gathered_count && flush_us < due_us)
                next_us = flush_us;
            pause_ms((next_us - now_us + 999) / 1000);
        }
        now_us = clock_mono_us();
    }
    return 0;
}

/* Lines wait for more of them only while more come. */
static int wait_for_line(struct feed *feed, struct err *err)
{
    int64_t left_us = feed->gathered_us + GATHER_US - clock_mono_us();

    if (feed->gathered_count &&
        (left_us <= 0 ||
         !feed_lines_wait(feed->lines, (int)(left_us + 999) / 1000)) &&
        flush(feed, err) < 0)
        return -1;
    while (!feed_lines_wait(feed->lines, LOOK_MS)) {
        if (import_run_is_stopped())
            break;
    }
    return 0;
}

/* When it is to be sent. */
static int64_t due_us(struct feed *feed, const struct tick *tick)
{
    if (!feed->count++) {
        feed->begun_us = clock_mono_us();
        feed->first_time_us = tick->time_us;
    }
    if (feed->rate)
        return feed->begun_us + (feed->count - 1) * CLOCK_S / feed->rate;
    if (feed->speed > 0)
        return feed->begun_us +
               (int64_t)((double)(tick->time_us - feed->first_time_us) /
                         feed->speed);
    return 0;
}

static int add(struct feed *feed, struct tick *tick, struct err *err)
{
    if (wait_until(feed, due_us(feed, tick), err) < 0)
        return -1;
    if (import_run_is_stopped())
        return 0;
    if (feed->is_now)
        tick->time_us = clock_now_us();
    if (feed->session && !tick->is_heartbeat) {
        tick->session_len = strlen(feed->session);
        memcpy(tick->session, feed->session, tick->session_len + 1);
    }
    if (!feed->gathered_count++)
        feed->gathered_us = clock_mono_us();
    tick_write(&feed->gathered, tick);
    buf_put_char(&feed->gathered, '\n');
    return buf_check(&feed->gathered, err);
}

static void complain(struct feed *feed, int64_t line, const struct err *err)
{
    char what[1100];

    snprintf(what, sizeof(what), "%s:%" PRId64, feed->path, line);
    command_complain(what, err);
    feed->faults++;
}

/* 1: there may be more; 0: the end; -1: err, or a fault that was told of. */
static int take_line(struct feed *feed, struct err *err)
{
    struct tick tick;
    int64_t line = 0;
    int rc;

    if (wait_for_line(feed, err) < 0)
        return -1;
    if (import_run_is_stopped())
        return 0;
    rc = feed_lines_next(feed->lines, &tick, &line, err);
    if (rc < 0 || err->code) {
        if (import_run_is_stopped())
            return 0;
        complain(feed, line, err);
        err_clear(err);
        return rc == 1 && feed->skips_faults ? 1 : -1;
    }
    if (rc == 0)
        return 0;
    if (feed->gathered.len + LINE_ROOM > feed_target_max(feed->target) &&
        flush(feed, err) < 0)
        return -1;
    return add(feed, &tick, err) < 0 ? -1 : 1;
}

static int run(struct feed *feed, struct err *err)
{
    struct err late = ERR_INIT;
    int rc;

    do {
        rc = take_line(feed, err);
    } while (rc == 1);
    /* What stands before a fault is as good as it was. */
    if (!err->code && flush(feed, &late) < 0) {
        *err = late;
        rc = -1;
    }
    fprintf(stderr, "lws-app feed: sent %" PRId64, feed->sent);
    if (feed->faults)
        fprintf(stderr, ", %" PRId64 " with errors", feed->faults);
    fputc('\n', stderr);
    return rc;
}

int command_feed(struct command *command)
{
    struct feed feed = {.command = command};
    struct err err = ERR_INIT;
    int rc = begin(&feed, &err);

    import_run_catch_signals();
    if (rc == 0)
        rc = run(&feed, &err);
    if (err.code)
        rc = command_fail(command, &err);
    else
        rc = rc < 0 || feed.faults || import_run_is_stopped();
    feed_target_close(feed.target);
    feed_lines_close(feed.lines);
    buf_release(&feed.gathered);
    command_close(command);
    return rc;
}
