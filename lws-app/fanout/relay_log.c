#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "fanout/relay_private.h"
#include "model/log/meta.h"
#include "model/orders/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* On a reader's thread: an event_fn that copies. */
static int lines_add(void *arg, const struct event *event, struct err *err)
{
    struct relay_lines *lines = arg;
    int64_t position = lines->owner ? event->position : event->id;

    event_encode(&lines->text, event);
    if (buf_check(&lines->text, err) < 0)
        return -1;
    if (lines->count++ == 0)
        lines->first = position;
    lines->last = position;
    lines->full = lines->text.len >= RELAY_BYTES;
    return lines->full ? 1 : 0;
}

static int lines_read(struct relay_lines *lines, struct db *db, int64_t after,
                      struct err *err)
{
    if (event_read(db, lines->owner, after, RELAY_EVENTS, lines_add, lines,
                   err) < 0)
        return -1;
    lines->full = lines->full || lines->count == RELAY_EVENTS;
    return 0;
}

static void lines_init(struct relay_lines *lines, int64_t owner)
{
    *lines = (struct relay_lines){.owner = owner};
    /* One line beyond RELAY_BYTES ends the reading. */
    buf_init(&lines->text, 2 * RELAY_BYTES);
}

static int look_read(struct look *look, struct db *db, struct err *err)
{
    int64_t oldest = 0;

    if (look->first) {
        if (stream_position(db, STREAM_ALL, &look->lines.last, NULL, err) < 0)
            return -1;
        return control_range(db, &oldest, &look->newest_control, err);
    }
    if (lines_read(&look->lines, db, look->after_event, err) < 0)
        return -1;
    look->control_count = control_read(db, look->after_control, look->controls,
                                       RELAY_CONTROLS, err);
    return look->control_count < 0 ? -1 : 0;
}

/* A file's daemon is alone with it, and its file stays open. */
static int check_epoch(struct look *look, struct db *db, struct err *err)
{
    char epoch[META_EPOCH_MAX];

    if (!db_is_server(db))
        return 0;
    if (meta_find(db, "epoch", epoch, sizeof(epoch), err) < 0) {
        look->is_elsewhere = db_is_elsewhere(db);
        return -1;
    }
    look->is_elsewhere = strcmp(epoch, look->epoch) != 0;
    return look->is_elsewhere
               ? err_set(err, ERR_UNAVAILABLE, "another epoch has begun")
               : 0;
}

static int look_run(struct job *job, struct db *db, struct err *err)
{
    struct look *look = (struct look *)job;
    int64_t seen = look->version;
    int rc;

    look->began_us = clock_mono_us();
    if (check_epoch(look, db, err) < 0)
        return -1;
    if (db_data_version(db, &look->version, err) < 0)
        return -1;
    look->standby = db_standby(db);
    if (look->version == seen && !look->forced)
        return 0;
    if (db_read_begin(db, err) < 0)
        return -1;
    rc = look_read(look, db, err);
    db_read_end(db);
    return rc;
}

static void look_first(struct relay *relay, const struct look *look)
{
    relay->last_event = look->lines.last;
    control_begin(relay, look->newest_control);
    if (!relay->early)
        return;
    relay->last_event -= RELAY_EARLY_EVENTS;
    if (relay->last_event < 0)
        relay->last_event = 0;
    relay->look_forced = relay->look_again = true;
    if (relay->config.recheck)
        relay->config.recheck(relay->config.arg);
}

/* True when the log may hold more than this look has read. */
static bool look_apply(struct relay *relay, const struct look *look)
{
    relay->version = look->version;
    if (look->first) {
        look_first(relay, look);
        return false;
    }
    if (relay_deliver(relay, look->lines.text.data, look->lines.text.len) < 0)
        log_error("relay.log_unreadable", "after=%" PRId64, look->after_event);
    if (look->lines.last > relay->last_event)
        relay->last_event = look->lines.last;
    control_take_read(relay, look->controls, look->control_count);
    return look->lines.full || look->control_count == RELAY_CONTROLS;
}

static void look_done(struct job *job)
{
    struct look *look = (struct look *)job;
    struct relay *relay = look->relay;
    bool failed = job->err.code != ERR_NONE;
    bool more = false;

    relay->look_running = false;
    if (relay->gone) {
        buf_release(&look->lines.text);
        relay_unref(relay);
        return;
    }
    if (failed != relay->look_failing)
        log_warn("relay.look", "working=%s reason=\"%s\"",
                 failed ? "no" : "yes", job->err.text);
    relay->look_failing = failed;
    if (look->is_elsewhere && relay->config.elsewhere)
        relay->config.elsewhere(relay->config.arg);
    relay->stats.looks++;
    if (look->standby >= 0)
        relay->stats.standby = look->standby;
    if (failed) {
        relay->look_forced = true; /* by the next tick */
    } else {
        more = look_apply(relay, look);
        if (!more)
            relay->looked_us = look->began_us;
    }
    buf_release(&look->lines.text);
    relay->look_forced = relay->look_forced || more;
    if (!failed && (more || relay->look_again))
        look_start(relay);
    relay_unref(relay);
}

void look_start(struct relay *relay)
{
    struct look *look = &relay->look;
    struct err err = ERR_INIT;

    if (relay->look_running) {
        relay->look_again = true;
        return;
    }
    err_clear(&look->job.err);
    look->job.run = look_run;
    look->job.done = look_done;
    look->relay = relay;
    look->first = relay->last_event < 0;
    look->forced = relay->look_forced || look->first;
    look->after_event = relay->last_event;
    look->after_control = relay->control.last;
    look->version = relay->version;
    look->is_elsewhere = false;
    look->standby = -1;
    snprintf(look->epoch, sizeof(look->epoch), "%s", relay->config.epoch);
    look->control_count = 0;
    look->newest_control = 0;
    lines_init(&look->lines, STREAM_ALL);
    if (readers_submit(relay->config.readers, &look->job, &err) < 0)
        return; /* the tick asks again */
    relay->refs++;
    relay->look_running = true;
    relay->look_again = relay->look_forced = false;
}

static int repair_run(struct job *job, struct db *db, struct err *err)
{
    struct repair *repair = (struct repair *)job;
    int rc = -1;

    if (db_read_begin(db, err) < 0)
        return -1;
    if (stream_position(db, repair->owner, &repair->committed, NULL, err) == 0)
        rc = lines_read(&repair->lines, db, repair->after, err);
    db_read_end(db);
    return rc;
}

static void repair_apply(struct relay *relay, const struct repair *repair)
{
    const struct relay_lines *lines = &repair->lines;
    struct hub *hub = relay->config.hub;

    relay->stats.repairs++;
    relay->stats.repaired_events += lines->count;
    if (lines->count > 0) {
        if (lines->first > repair->after + 1)
            hub_skip(hub, repair->owner, lines->first - 1);
        if (relay_deliver(relay, lines->text.data, lines->text.len) < 0) {
            log_error("relay.log_unreadable",
                      "owner=%" PRId64 " after=%" PRId64, repair->owner,
                      repair->after);
            hub_skip(hub, repair->owner, lines->last);
        }
    } else if (repair->committed > repair->after) {
        hub_skip(hub, repair->owner, repair->committed);
    }
    if (!lines->full && repair->committed < repair->heard) {
        log_warn("relay.false_position",
                 "owner=%" PRId64 " committed=%" PRId64 " heard=%" PRId64,
                 repair->owner, repair->committed, repair->heard);
        hub_forget(hub, repair->owner, repair->heard);
    }
}

static void repair_end(struct repair *repair)
{
    struct relay *relay = repair->relay;
    struct repair **at = &relay->repairs;

    while (*at != repair)
        at = &(*at)->next;
    *at = repair->next;
    relay->repair_count--;
    buf_release(&repair->lines.text);
    mem_free(repair);
    relay_unref(relay);
}

static void repair_done(struct job *job)
{
    struct repair *repair = (struct repair *)job;
    struct relay *relay = repair->relay;
    bool failed = job->err.code != ERR_NONE;
    int64_t after = repair->after;
    int64_t owner = repair->owner;
    bool moved = false;

    if (relay->gone) {
        repair_end(repair);
        return;
    }
    if (failed != relay->repair_failing)
        log_warn("relay.repair", "working=%s reason=\"%s\"",
                 failed ? "no" : "yes", job->err.text);
    relay->repair_failing = failed;
    if (failed) {
        /* The reader's connection may be a new one next time, whose version
         * numbers begin anew. */
        relay->look_forced = true;
    } else {
        int64_t still;

        repair_apply(relay, repair);
        moved = !hub_hole(relay->config.hub, owner, &still) || still > after;
    }
    relay->refs++; /* beyond repair_end() */
    repair_end(repair);
    /* Without progress the tick tries again, not a busy loop. */
    if (moved)
        repairs_start(relay);
    relay_unref(relay);
}

static void repair_start(void *arg, int64_t owner, int64_t after, int64_t heard)
{
    struct relay *relay = arg;
    struct repair *repair = relay->repairs;
    struct err err = ERR_INIT;

    while (repair && repair->owner != owner)
        repair = repair->next;
    if (repair || relay->repair_count == RELAY_REPAIRS)
        return;
    repair = mem_zalloc(sizeof *repair);
    if (!repair)
        return; /* the tick tries again, here and below */
    err_clear(&repair->job.err);
    repair->job.run = repair_run;
    repair->job.done = repair_done;
    repair->relay = relay;
    repair->owner = owner;
    repair->after = after;
    repair->heard = heard;
    lines_init(&repair->lines, owner);
    if (readers_submit(relay->config.readers, &repair->job, &err) < 0) {
        mem_free(repair);
        return;
    }
    repair->next = relay->repairs;
    relay->repairs = repair;
    relay->repair_count++;
    relay->refs++;
}

void repairs_start(struct relay *relay)
{
    hub_each_hole(relay->config.hub, repair_start, relay);
}
