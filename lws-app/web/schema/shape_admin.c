#include "web/schema/shapes.h"

#include "base/banned.h"

const char *const shape_redis_words[] = {"up", "down", "not configured", NULL};

const struct shape_field spread_fields[] = {
    {"p50", SHAPE_NUMBER, MAY_BE_NULL, HELP("Half of them took less")},
    {"p99", SHAPE_NUMBER, MAY_BE_NULL, HELP("99 of 100 took less")},
    END,
};
const struct shape_field latency_fields[] = {
    {"seconds", SHAPE_INT, HELP("Over how long they were measured")},
    {"commit_ms", SHAPE_OF, OF("Spread"),
     HELP("From the writing of a change until it is in a stream that somebody "
          "follows, at the worker that committed it")},
    {"relay_ms", SHAPE_OF, OF("Spread"),
     HELP("The same, at workers that got it by Redis or from the log")},
    {"engine_ms", SHAPE_OF, OF("Spread"), HELP("Until live views show it")},
    {"socket_ms", SHAPE_OF, OF("Spread"),
     HELP("From a stream until it is given to a connection")},
    {"view_ms", SHAPE_OF, OF("Spread"),
     HELP("From a live view to a connection, at the rate asked for")},
    END,
};
const struct shape_field figures_fields[] = {
    {"users_online", SHAPE_INT,
     HELP("Users with an open websocket, or with a session that was used in "
          "the last 5 minutes")},
    {"sessions", SHAPE_INT, HELP("Logins by cookie that have not ended")},
    {"sockets", SHAPE_INT, HELP("Open websockets of all workers")},
    {"requests_per_s", SHAPE_NUMBER,
     HELP("Requests answered, over the last 10 seconds")},
    {"events_per_s", SHAPE_NUMBER,
     HELP("Changes of orders committed, over the last 10 seconds; a move "
          "counts as two")},
    {"writes_per_s", SHAPE_NUMBER,
     HELP("Jobs of the writers committed, over the last 10 seconds")},
    {"request_ms", SHAPE_OF, OF("Spread"),
     HELP("From the head of a request to its answer, over the last minute; "
          "without those that hash a password")},
    {"delivery_ms", SHAPE_OF, OF("Spread"),
     HELP("From the writing of an event until it is in a stream that somebody "
          "follows, over the last minute")},
    {"redis", SHAPE_CHOICE, .choices = shape_redis_words},
    {"workers", SHAPE_INT, HELP("The server's processes")},
    {"machines", SHAPE_OF, OF("Machine[]"),
     HELP("Those that serve the same PostgreSQL database, or did in the last "
          "hour; the other figures are of the one that answers")},
    {"recent", SHAPE_OF, OF("AuditRow[]"), HELP("The latest actions")},
    END,
};
const struct shape_field machine_fields[] = {
    {"name", SHAPE_TEXT, HELP("Its host and port")},
    {"version", SHAPE_TEXT, HELP("The release that it runs")},
    {"started", SHAPE_TIME, NONE},
    {"seen", SHAPE_TIME,
     HELP("When it last wrote this; more than 15 seconds ago: it has ended, or "
          "can't reach the database")},
    {"workers", SHAPE_INT, HELP("Its processes")},
    {"sockets", SHAPE_INT, HELP("Its open websockets")},
    {"requests_per_s", SHAPE_NUMBER, HELP("Over its last 10 seconds")},
    {"events_per_s", SHAPE_NUMBER, HELP("Likewise")},
    {"writes_per_s", SHAPE_NUMBER, HELP("Likewise")},
    {"same_redis", SHAPE_BOOL, MAY_BE_NULL,
     HELP("Whether it is told the same Redis servers as the one that answers: "
          "else they hear of each other's changes late; null: its release "
          "does not say")},
    END,
};
const struct shape_field hour_step_fields[] = {
    {"time", SHAPE_TIME, HELP("Where it ends")},
    {"requests_per_s", SHAPE_NUMBER, MAY_BE_NULL,
     HELP("Null, like the others: nothing was counted then")},
    {"events_per_s", SHAPE_NUMBER, MAY_BE_NULL,
     HELP("Changes of orders committed")},
    {"sockets", SHAPE_NUMBER, MAY_BE_NULL,
     HELP("How many are open at its end")},
    {"request_p99_ms", SHAPE_NUMBER, MAY_BE_NULL,
     HELP("99 of 100 requests took less; without those that hash a password")},
    {"delivery_p99_ms", SHAPE_NUMBER, MAY_BE_NULL,
     HELP("From the writing of an event until it is in a stream that somebody "
          "follows, over the last minute")},
    END,
};
const struct shape_field hour_fields[] = {
    {"step_s", SHAPE_INT, HELP("Seconds of a step")},
    {"steps", SHAPE_OF, OF("HourStep[]"), HELP("The oldest first")},
    END,
};
const struct shape_field socket_fields[] = {
    {"id", SHAPE_INT, HELP("Never used again for another socket")},
    {"machine", SHAPE_TEXT, MAY_BE_NULL,
     HELP("The machine whose server holds it; null where there can be no "
          "other")},
    {"worker", SHAPE_INT, HELP("Which of its processes")},
    {"session", SHAPE_INT, MAY_BE_NULL, HELP("The login it was opened with")},
    {"token", SHAPE_INT, MAY_BE_NULL, HELP("Likewise")},
    {"address", SHAPE_TEXT, HELP("The address of the client")},
    {"opened", SHAPE_TIME, NONE},
    END,
};
const struct shape_field socket_list_fields[] = {
    {"count", SHAPE_INT,
     HELP("How many are listed: the first 114,688 of each of the server's "
          "processes, and the newest 1,000 of other machines each")},
    {"next", SHAPE_URL, MAY_BE_NULL, HELP("The next page")},
    {"previous", SHAPE_URL, MAY_BE_NULL, HELP("The page before")},
    {"results", SHAPE_OF, OF("Socket[]")},
    {"unanswered", SHAPE_OF, OF("string[]"),
     HELP("Machines that serve the same database and did not answer in time: "
          "their sockets are missing here")},
    END,
};

const struct shape_field view_fields[] = {
    {"id", SHAPE_INT, HELP("Never used again for another view")},
    {"user", SHAPE_INT, HELP("Who has it open")},
    {"username", SHAPE_TEXT, NONE},
    {"name", SHAPE_TEXT, HELP("What the client calls it")},
    {"stream", SHAPE_TEXT, MAY_BE_NULL,
     HELP("orders, all or user:NAME; null: it is not known yet")},
    {"worker", SHAPE_INT, HELP("The server process that holds it")},
    {"socket", SHAPE_INT, MAY_BE_NULL, HELP("The websocket's id")},
    {"engine_us", SHAPE_INT,
     HELP("Microseconds that it has taken so far, where long enough to "
          "measure; those who share one share its cost")},
    {"engine_us_per_s", SHAPE_INT, HELP("Of these, in the last second")},
    {"bytes", SHAPE_INT, HELP("Of memory, shared in the same way")},
    {"sharers", SHAPE_INT, HELP("How many share the same one")},
    {"opened", SHAPE_TIME, NONE},
    END,
};
const struct shape_field view_list_fields[] = {
    {"count", SHAPE_INT,
     HELP("How many are listed: the first 16,384 of each of the server's "
          "processes")},
    {"next", SHAPE_URL, MAY_BE_NULL, HELP("The next page")},
    {"previous", SHAPE_URL, MAY_BE_NULL, HELP("The page before")},
    {"results", SHAPE_OF, OF("View[]")},
    END,
};
