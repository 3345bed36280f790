#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "metrics/figures.h"
#include "model/accounts/presence.h"
#include "web/api/audit.h"
#include "web/api/handlers.h"
#include "web/api/spread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* A user counts as online for so long after the last use of a session, which is
 * written once a minute. */
#define ONLINE_US (5 * 60 * CLOCK_S)
#define RECENT_ROWS 10

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static bool is_among(const struct presence *presence, int64_t user)
{
    return presence->count && bsearch(&user, presence->users, presence->count,
                                      sizeof(presence->users[0]), by_value);
}

/* Users with a socket and without a session used lately, each once. */
static int count_others(struct roster *roster, const struct presence *presence,
                        int64_t *others, struct err *err)
{
    struct roster_walk walk = {.worker = 0};
    struct roster_socket socket;
    int64_t *users = NULL;
    size_t count = 0;
    size_t cap = 0;
    int64_t last = 0;

    *others = 0;
    while (roster_next(roster, &walk, &socket)) {
        /* The same user's often follow each other. */
        if (!socket.user || socket.user == last ||
            is_among(presence, socket.user))
            continue;
        last = socket.user;
        if (count == cap) {
            int64_t *more;

            cap = cap ? cap * 2 : 64;
            more = mem_realloc(users, cap * sizeof(*users));
            if (!more) {
                mem_free(users);
                return err_set(err, ERR_NOMEM, "no memory for a list of users");
            }
            users = more;
        }
        users[count++] = last;
    }
    if (count)
        qsort(users, count, sizeof(*users), by_value);
    for (size_t i = 0; i < count; i++)
        *others += i == 0 || users[i] != users[i - 1];
    mem_free(users);
    return 0;
}

static int put_people(struct call *call, struct err *err)
{
    struct buf *body = &call->response->body;
    struct presence presence;
    int64_t others;
    int rc;

    if (presence_read(call->db, db_time_us(call->db) - ONLINE_US, &presence,
                      err) < 0)
        return -1;
    rc = count_others(call->web->roster, &presence, &others, err);
    if (rc == 0) {
        json_put_int(body, "users_online", (int64_t)presence.count + others);
        json_put_int(body, "sessions", presence.sessions);
    }
    mem_free(presence.users);
    return rc;
}

static const char *redis_word(int up)
{
    return up < 0 ? "not configured" : up ? "up" : "down";
}

static void put_machine(struct buf *body, const struct machine *machine,
                        const char *redis)
{
    json_open(body);
    json_put_str(body, "name", machine->name);
    json_put_str(body, "version", machine->version);
    json_put_time(body, "started", machine->started_us);
    json_put_time(body, "seen", machine->seen_us);
    json_put_int(body, "workers", machine->workers);
    json_put_int(body, "sockets", machine->sockets);
    spread_put_number(body, "requests_per_s", 1,
                      (double)machine->requests / 1000);
    spread_put_number(body, "events_per_s", 1, (double)machine->events / 1000);
    spread_put_number(body, "writes_per_s", 1, (double)machine->writes / 1000);
    if (*machine->redis)
        json_put_bool(body, "same_redis", !strcmp(machine->redis, redis));
    else
        json_put_null(body, "same_redis");
    json_close(body);
}

/* Of a database that other machines may serve too; of a file none is told. */
static int put_machines(struct call *call, struct err *err)
{
    struct buf *body = &call->response->body;
    struct machine *machines = NULL;
    int count = 0;

    if (call->web->machines) {
        machines = mem_alloc(MACHINES_MAX * sizeof(*machines));
        if (!machines)
            return err_set(err, ERR_NOMEM, "no memory for a list of machines");
        count = machine_list(call->db, MACHINE_LISTED_S, machines, err);
    }
    json_open_array(body, "machines");
    for (int i = 0; i < count; i++)
        put_machine(body, &machines[i], call->web->machines->redis);
    json_close_array(body);
    mem_free(machines);
    return count < 0 ? -1 : 0;
}

static void put_figures(struct call *call)
{
    struct buf *body = &call->response->body;
    struct figures figures;

    figures_read(call->web->metrics, call->web->metrics_count,
                 clock_mono_us() / CLOCK_S, &figures);
    json_put_int(body, "sockets", figures.sockets);
    spread_put_number(body, "requests_per_s", 1, figures.requests_per_s);
    spread_put_number(body, "events_per_s", 1, figures.events_per_s);
    spread_put_number(body, "writes_per_s", 1, figures.writes_per_s);
    spread_put(body, "request_ms", &figures.request);
    spread_put(body, "delivery_ms", &figures.delivery);
    json_put_str(body, "redis", redis_word(atomic_load(&call->web->redis_up)));
    json_put_int(body, "workers", figures.workers);
}

/* on: it was measured. */
static void put_known(struct buf *body, const char *key, int decimals, bool on,
                      double value)
{
    if (on)
        spread_put_number(body, key, decimals, value);
    else
        json_put_null(body, key);
}

static void put_step(struct buf *body, const struct figures_step *step,
                     int64_t time_us)
{
    bool on = step->workers > 0;

    json_open(body);
    json_put_time(body, "time", time_us);
    put_known(body, "requests_per_s", 1, on, step->requests_per_s);
    put_known(body, "events_per_s", 1, on, step->events_per_s);
    put_known(body, "sockets", 0, on, (double)step->sockets);
    put_known(body, "request_p99_ms", 3, step->request.is_known,
              step->request.p99_ms);
    put_known(body, "delivery_p99_ms", 3, step->delivery.is_known,
              step->delivery.p99_ms);
    json_close(body);
}

int admin_read_hour(struct call *call, struct err *err)
{
    struct buf *body = &call->response->body;
    int64_t second = clock_mono_us() / CLOCK_S;
    int64_t now_us = clock_now_us();
    struct figures_step *steps = mem_alloc(FIGURES_STEPS * sizeof(*steps));

    if (!steps)
        return err_set(err, ERR_NOMEM, "no memory for the last hour");
    figures_read_hour(call->web->metrics, call->web->metrics_count, second,
                      steps);
    response_begin(call->response, 200, "application/json");
    json_open(body);
    json_put_int(body, "step_s", FIGURES_STEP_S);
    json_open_array(body, "steps");
    for (int i = 0; i < FIGURES_STEPS; i++)
        put_step(body, &steps[i],
                 now_us - (second - steps[i].second) * CLOCK_S);
    json_close_array(body);
    json_close(body);
    mem_free(steps);
    return 0;
}

int admin_read(struct call *call, struct err *err)
{
    struct buf *body = &call->response->body;
    int rc = -1;

    if (db_read_begin(call->db, err) < 0)
        return -1;
    response_begin(call->response, 200, "application/json");
    json_open(body);
    if (put_people(call, err) == 0) {
        put_figures(call);
        rc = put_machines(call, err);
    }
    if (rc == 0)
        rc = audit_put_recent(call, "recent", RECENT_ROWS, err);
    json_close(body);
    db_read_end(call->db);
    return rc;
}
