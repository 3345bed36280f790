#pragma once
#include "base/buf.h"
#include "fanout/relay.h"
#include "model/log/control.h"
#include "model/log/event.h"
#include "model/log/meta.h"
/*
 * The inside of the relay. last_event is the frontier of the look: every event
 * up to it has been offered to the hub. It moves with the looks, and with own
 * commits and messages as long as they follow without a gap, so that a worker
 * that hears everything reads nothing twice.
 */
#define RELAY_EVENTS 1000         /* of one look or repair job */
#define RELAY_BYTES (1024 * 1024) /* likewise */
#define RELAY_CONTROLS 256        /* of one look; waiting for an earlier one */
#define RELAY_REPAIRS 4           /* under way at once */
#define CHANNEL_MAX 256           /* bytes of a channel name */
#define RELAY_HOLE_MS 2
#define RELAY_TICK_UP_MS 1000
#define RELAY_TICK_DOWN_MS 100
/* How far the first look goes back when someone follows a stream already: what
 * was committed between a join's read and that look. */
#define RELAY_EARLY_EVENTS 10000

/* Events read from the log, on their way to the loop thread. */
struct relay_lines {
    struct buf text;
    int64_t owner; /* 0: of all */
    int64_t first; /* position; 0: none read */
    int64_t last;
    int count;
    bool full; /* there may be more */
};

struct look {
    struct job job;
    struct relay *relay;
    bool first;  /* learns the newest ids only */
    bool forced; /* reads even if the version has not moved */
    bool is_elsewhere;
    char epoch[META_EPOCH_MAX]; /* of the relay */
    int64_t began_us;
    int64_t after_event;
    int64_t after_control;
    int64_t version; /* in: as last seen */
    int standby;     /* db_standby() */
    struct relay_lines lines;
    struct control controls[RELAY_CONTROLS];
    int control_count;
    int64_t newest_control;
};

struct repair {
    struct job job;
    struct repair *next;
    struct relay *relay;
    int64_t owner;
    int64_t after;
    int64_t heard;
    int64_t committed;
    struct relay_lines lines;
};

struct relay_control {
    int64_t last; /* all up to it were told; -1: not known yet */
    int count;
    struct control waiting[RELAY_CONTROLS]; /* ascending, behind a gap */
};

/* One of the Redis servers. */
struct relay_link {
    struct relay *relay;
    struct redis *redis;
    /* Another one, by a second name; as it was when both were last up. */
    const struct relay_link *same;
};

struct relay {
    struct relay_config config;
    char *prefix; /* "lws-app:<epoch>:" */
    struct relay_link links[RELAY_LINKS_MAX];
    size_t link_count;
    uv_timer_t tick;
    uv_timer_t hole_timer;
    unsigned refs; /* the owner, two timers, jobs under way */
    bool gone;
    bool early; /* a stream was followed before the first look */
    struct look look;
    bool look_running;
    bool look_again;
    bool look_forced;
    bool look_failing;
    bool repair_failing;
    int64_t version;
    int64_t last_event; /* -1: not known yet */
    int64_t looked_us;
    struct repair *repairs;
    unsigned repair_count;
    struct relay_control control;
    struct relay_stats stats;
};

void relay_unref(struct relay *relay);
/* Gives lines to the hub and the control hook; -1 at the first that can't be
 * read (those before it have been given). */
int relay_deliver(struct relay *relay, const char *lines, size_t len);

/* relay_message.c */
char *relay_prefix(const char *epoch); /* NULL: no memory */
/* Channel names: owner 0 is the one of all. Returns 0, or -1: no memory. */
int relay_channel(const char *prefix, int64_t owner, struct buf *out);
bool relay_channel_is(const char *prefix, const char *channel,
                      const char *word);
/* True when every line belongs on this channel. */
bool relay_message_is_sound(const char *prefix, const char *channel,
                            const char *bytes, size_t len);

/* relay_log.c */
void look_start(struct relay *relay);
void repairs_start(struct relay *relay);

/* relay_control.c */
/* One that is committed. */
void control_take(struct relay *relay, const struct control *control);
/* Entries from the log, ascending and complete behind after. */
void control_take_read(struct relay *relay, const struct control *controls,
                       int count);
/* Lines from Redis, which anybody may have written who gets at it. */
void control_heard(struct relay *relay, const char *lines, size_t len);

/* From the first look: those heard meanwhile are told now. */
void control_begin(struct relay *relay, int64_t newest);

/* relay_ask.c */
/* Answers what is asked there. -1: it is no question. */
int ask_heard(struct relay_link *link, const char *bytes, size_t len);
