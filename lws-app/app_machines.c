#include "app_machines.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "fanout/relay.h"
#include "metrics/figures.h"
#include "model/log/line.h"

#include <stdio.h>
#include <string.h>
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
};

static int note_run(struct job *base, struct db *db, struct err *err)
{
    return machine_put(db, &((struct note_job *)base)->machine, err);
}

static void note_done(struct job *base)
{
    struct note_job *job = (struct note_job *)base;

    job->machines->is_noting = false;
    if (base->err.code && !job->machines->is_failing)
        log_warn("app.machine_not_noted", "text=\"%s\"", base->err.text);
    job->machines->is_failing = base->err.code != 0;
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

void app_machines_open(struct app_machines *machines, struct server *server,
                       const struct config *config, const char *address,
                       int port)
{
    machines->config = config;
    machines->web = server->web;
    machines->started_us = clock_now_us();
    machines->port.ask = ask;
    machines->port.arg = machines;
    put_name(machines->port.name, address, port);
    if (db_is_url(config->database))
        server->web->machines = &machines->port;
}
