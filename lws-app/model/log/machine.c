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
                   "workers, sockets, requests, events, writes) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
                   "ON CONFLICT (name) DO UPDATE SET "
                   "version = excluded.version, started = excluded.started, "
                   "seen = excluded.seen, workers = excluded.workers, "
                   "sockets = excluded.sockets, requests = excluded.requests, "
                   "events = excluded.events, writes = excluded.writes",
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
    return db_run(&stmt, err) < 0 ? -1 : purge(db, err);
}

int machine_list(struct db *db, int seconds,
                 struct machine machines[MACHINES_MAX], struct err *err)
{
    struct db_stmt *stmt = NULL;
    int count = 0;
    int rc = -1;

    if (db_prepare(db,
                   "SELECT name, version, started, seen, workers, sockets, "
                   "requests, events, writes FROM machine WHERE seen > ?1 "
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
    }
out:
    db_done(&stmt);
    return rc < 0 ? -1 : count;
}
