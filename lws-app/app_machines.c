#include "app_machines.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "fanout/relay.h"
#include "metrics/figures.h"
#include "model/log/line.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/banned.h"

#define ASK_MS 300
/* Of an answer: more than fit on many pages. */
#define ANSWERED_MAX 1000

/* ------------------------------------------------------------ telling */

struct note_job {
    struct job job; /* first */
    struct app_machines *machines;
    struct machine machine;
    int apart;
    char apart_name[MACHINE_NAME_MAX];
};

static int note_run(struct job *base, struct db *db, struct err *err)
{
    struct note_job *job = (struct note_job *)base;

    if (machine_put(db, &job->machine, err) < 0)
        return -1;
    job->apart = machine_apart(db, &job->machine, job->apart_name, err);
    return job->apart < 0 ? -1 : 0;
}

/* What one publishes the other does not hear, until it looks at the log. */
static void note_apart(struct app_machines *machines,
                       const struct note_job *job)
{
    if (job->apart && !machines->apart)
        log_warn("app.redis_apart",
                 "machines=%d one=\"%s\" hint=\"give all the same --redis, "
                 "--market-redis and --market-stream\"",
                 job->apart, job->apart_name);
    else if (!job->apart && machines->apart)
        log_info("app.redis_alike", "machines=0");
    machines->apart = job->apart;
    metrics_set(machines->slot, METRIC_MACHINES_APART, job->apart);
}

static void note_done(struct job *base)
{
    struct note_job *job = (struct note_job *)base;

    job->machines->is_noting = false;
    if (base->err.code && !job->machines->is_failing)
        log_warn("app.machine_not_noted", "text=\"%s\"", base->err.text);
    job->machines->is_failing = base->err.code != 0;
    if (!base->err.code)
        note_apart(job->machines, job);
    mem_free(base);
}

static int64_t thousandths(double rate)
{
    return (int64_t)(rate * 1000 + 0.5);
}

static void describe(const struct app_machines *machines,
                     struct machine *machine)
{
    const struct web *web = machines->web;
    struct figures figures;

    figures_read(web->metrics, web->metrics_count, clock_mono_us() / CLOCK_S,
                 &figures);
    *machine = (struct machine){
        .started_us = machines->started_us,
        .workers = figures.workers,
        .sockets = figures.sockets,
        .requests = thousandths(figures.requests_per_s),
        .events = thousandths(figures.events_per_s),
        .writes = thousandths(figures.writes_per_s),
    };
    snprintf(machine->name, sizeof(machine->name), "%s", machines->port.name);
    memcpy(machine->redis, machines->port.redis, sizeof(machine->redis));
    snprintf(machine->version, sizeof(machine->version), "%s", LWSAPP_VERSION);
}

void app_machines_look(struct app_machines *machines, struct server *server)
{
    int64_t now = clock_mono_us();
    struct note_job *job;
    struct err err = ERR_INIT;

    /* One that is slow to be written is not written twice. */
    if (!server->web->machines || server->worker != 0 || machines->is_noting ||
        (machines->noted_us &&
         now - machines->noted_us < MACHINE_EVERY_S * CLOCK_S))
        return;
    job = mem_zalloc(sizeof(*job));
    if (!job)
        return;
    job->job.run = note_run;
    job->job.done = note_done;
    job->machines = machines;
    describe(machines, &job->machine);
    if (writer_submit(server->pools.writer, &job->job, &err) < 0) {
        mem_free(job);
        return;
    }
    machines->noted_us = now;
    machines->is_noting = true;
}

/* ---------------------------------------------------------- answering */

void app_machines_asked(void *arg, int64_t user, struct buf *answer)
{
    const struct server *server = arg;
    struct roster_list list = {.sockets = NULL};
    struct err err = ERR_INIT;

    if (roster_list_find(&list, server->web->roster, user, &err) == 0) {
        roster_list_sort(&list);
        buf_printf(answer, "M %s\n", server->web->machines->name);
        roster_list_encode(&list, ANSWERED_MAX, answer);
    }
    roster_list_release(&list);
}

/* ------------------------------------------------------------- asking */

struct asking {
    const struct machine *others;
    size_t count;
    bool *heard;
    int (*found)(void *arg, size_t other, const struct roster_socket *socket,
                 struct err *err);
    void *found_arg;
    size_t left;
    struct err *err;
    bool has_failed;
};

/* Which of those that have not answered yet; count: none. */
static size_t find_other(const struct asking *asking, const char *name,
                         size_t len)
{
    for (size_t i = 0; i < asking->count; i++) {
        if (!asking->heard[i] && strlen(asking->others[i].name) == len &&
            !memcmp(asking->others[i].name, name, len))
            return i;
    }
    return asking->count;
}

static bool take_answer(void *arg, const char *bytes, size_t len)
{
    struct asking *asking = arg;
    const char *at = bytes;
    const char *end = bytes + len;
    struct roster_socket socket;
    struct line line;
    const char *name;
    size_t name_len;
    size_t other;

    if (line_open(&line, at, end, 'M') < 0)
        return false;
    name = line_rest(&line, &name_len);
    other = find_other(asking, name, name_len);
    if (other == asking->count)
        return false; /* this machine's own, or one that nobody knows yet */
    at = line.next;
    while (!asking->has_failed &&
           roster_socket_decode(&at, end, &socket) == 1) {
        if (asking->found(asking->found_arg, other, &socket, asking->err) < 0)
            asking->has_failed = true;
    }
    if (at == end) {
        asking->heard[other] = true;
        asking->left--;
    }
    return asking->has_failed || asking->left == 0;
}

static int ask(void *arg, int64_t user, const struct machine *others,
               size_t count, bool heard[],
               int (*found)(void *arg, size_t other,
                            const struct roster_socket *socket,
                            struct err *err),
               void *found_arg, struct err *err)
{
    const struct app_machines *machines = arg;
    struct asking asking = {.others = others,
                            .count = count,
                            .heard = heard,
                            .found = found,
                            .found_arg = found_arg,
                            .left = count,
                            .err = err};
    const struct relay_question question = {
        .redis_urls = machines->config->redis,
        .epoch = machines->web->meta.epoch,
        .user = user,
        .wait_ms = ASK_MS,
        .answer = take_answer,
        .arg = &asking,
    };

    if (!*machines->config->redis)
        return err_set(err, ERR_UNAVAILABLE, "there is no Redis to ask by");
    if (relay_ask(&question, err) < 0)
        return -1;
    return asking.has_failed ? -1 : 0;
}

/* Host and port: what tells machines, and daemons of one machine, apart. */
static void put_name(char name[MACHINE_NAME_MAX], const char *address, int port)
{
    char host[MACHINE_NAME_MAX - 8];

    if (gethostname(host, sizeof(host)) < 0)
        host[0] = '\0';
    host[sizeof(host) - 1] = '\0';
    if (port)
        snprintf(name, MACHINE_NAME_MAX, "%s:%d", host, port);
    else
        snprintf(name, MACHINE_NAME_MAX, "%.60s %.60s", host, address);
}

/* ------------------------------------------------ which Redis it is told of */

static bool is_loopback(const char *host)
{
    struct address address;

    return !strcasecmp(host, "localhost") ||
           (address_parse(host, strlen(host), &address) &&
            address_is_loopback(&address));
}

/* Without the password, which belongs nowhere else, and the user. What means
 * this machine is another server on each. */
static void put_server(struct buf *out, const char *text)
{
    struct redis_url url;
    struct err err = ERR_INIT;
    char host[MACHINE_NAME_MAX] = "";

    if (redis_url_parse(&url, text, &err) < 0)
        return;
    if (url.path[0] || is_loopback(url.host))
        gethostname(host, sizeof(host) - 1);
    for (char *c = url.name; *c && !url.path[0]; c++)
        *c = (char)tolower((unsigned char)*c);
    buf_printf(out, "%s %s\n", host, url.name);
}

/* In their order: market data is on the first. */
static void put_redis(char digest[MACHINE_REDIS_MAX],
                      const struct config *config)
{
    const char *left = config->redis;
    char url[REDIS_URL_MAX];
    uint8_t hash[SECRET_DIGEST];
    struct err err = ERR_INIT;
    struct buf told;

    buf_init(&told, 65536);
    while (redis_url_next(&left, url, &err) == 1)
        put_server(&told, url);
    buf_put_text(&told, "market\n");
    left = *config->market_redis ? config->market_redis : config->redis;
    if (redis_url_next(&left, url, &err) == 1)
        put_server(&told, url);
    buf_put_text(&told, config->market_stream);
    secret_sha256(buf_text(&told), told.len, hash);
    for (size_t i = 0; i < (MACHINE_REDIS_MAX - 1) / 2; i++)
        snprintf(digest + 2 * i, 3, "%02x", hash[i]);
    buf_release(&told);
}

void app_machines_open(struct app_machines *machines, struct server *server,
                       const struct config *config, const char *address,
                       int port)
{
    machines->config = config;
    machines->web = server->web;
    machines->started_us = clock_now_us();
    machines->port.ask = ask;
    machines->port.arg = machines;
    machines->slot = server->metrics;
    put_name(machines->port.name, address, port);
    put_redis(machines->port.redis, config);
    if (db_is_url(config->database))
        server->web->machines = &machines->port;
}
