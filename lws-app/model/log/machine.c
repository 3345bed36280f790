#include "model/log/machine.h"
#include "base/clock.h"

#include "base/banned.h"

static int purge(struct db *db, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, "DELETE FROM machine WHERE seen < ?1", &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, db_time_us(db) - MACHINE_LISTED_S * CLOCK_S);
    return db_run(&stmt, err);
}

int machine_put(struct db *db, const struct machine *machine, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "INSERT INTO machine (name, version, started, seen, "
                   "workers, sockets, requests, events, writes, redis) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
                   "ON CONFLICT (name) DO UPDATE SET "
                   "version = excluded.version, started = excluded.started, "
                   "seen = excluded.seen, workers = excluded.workers, "
                   "sockets = excluded.sockets, requests = excluded.requests, "
                   "events = excluded.events, writes = excluded.writes, "
                   "redis = excluded.redis",
                   &stmt, err) < 0)
        return -1;
    db_bind_str(stmt, 1, machine->name);
    db_bind_str(stmt, 2, machine->version);
    db_bind_int(stmt, 3, machine->started_us);
    db_bind_int(stmt, 4, db_time_us(db));
    db_bind_int(stmt, 5, machine->workers);
    db_bind_int(stmt, 6, machine->sockets);
    db_bind_int(stmt, 7, machine->requests);
    db_bind_int(stmt, 8, machine->events);
    db_bind_int(stmt, 9, machine->writes);
    db_bind_str(stmt, 10, machine->redis);
    return db_run(&stmt, err) < 0 ? -1 : purge(db, err);
}

int machine_apart(struct db *db, const struct machine *machine,
                  char name[MACHINE_NAME_MAX], struct err *err)
{
    struct db_stmt *stmt = NULL;
    int count = -1;

    name[0] = '\0';
    if (db_prepare(db,
                   "SELECT count(*), min(name) FROM machine "
                   "WHERE seen > ?1 AND name <> ?2 AND redis <> ?3",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, db_time_us(db) - MACHINE_SEEN_S * CLOCK_S);
    db_bind_str(stmt, 2, machine->name);
    db_bind_str(stmt, 3, machine->redis);
    if (db_step(stmt, err) == 1) {
        count = (int)db_int(stmt, 0);
        db_copy_text(stmt, 1, name, MACHINE_NAME_MAX);
    }
    db_done(&stmt);
    return count;
}

int machine_list(struct db *db, int seconds,
                 struct machine machines[MACHINES_MAX], struct err *err)
{
    struct db_stmt *stmt = NULL;
    int count = 0;
    int rc = -1;

    if (db_prepare(
            db,
            "SELECT name, version, started, seen, workers, sockets, "
            "requests, events, writes, redis FROM machine WHERE seen > ?1 "
            "ORDER BY name LIMIT ?2",
            &stmt, err) < 0)
        goto out;
    db_bind_int(stmt, 1, db_time_us(db) - seconds * CLOCK_S);
    db_bind_int(stmt, 2, MACHINES_MAX);
    rc = 0;
    while (count < MACHINES_MAX && (rc = db_step(stmt, err)) == 1) {
        struct machine *machine = &machines[count++];

        db_copy_text(stmt, 0, machine->name, sizeof(machine->name));
        db_copy_text(stmt, 1, machine->version, sizeof(machine->version));
        machine->started_us = db_int(stmt, 2);
        machine->seen_us = db_int(stmt, 3);
        machine->workers = db_int(stmt, 4);
        machine->sockets = db_int(stmt, 5);
        machine->requests = db_int(stmt, 6);
        machine->events = db_int(stmt, 7);
        machine->writes = db_int(stmt, 8);
        db_copy_text(stmt, 9, machine->redis, sizeof(machine->redis));
    }
out:
    db_done(&stmt);
    return rc < 0 ? -1 : count;
}
