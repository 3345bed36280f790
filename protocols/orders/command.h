#pragma once
#include "base/err.h"
#include "protocols/orders/view_command.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * What a client says on the websocket, read from one text frame. Knows neither
 * lws nor a socket.
 * Thread: any. Never blocks.
 */
#define COMMAND_PLAIN_MAX 4096 /* bytes of one that is no "view" */
#define COMMAND_NAME_MAX 33
#define COMMAND_ECHO_MAX 257  /* JSON text of ref and time, NUL included */
#define COMMAND_NUMBER_MAX 64 /* of these: bytes of a number */
#define COMMAND_EPOCH_MAX 65
#define COMMAND_STREAM_MAX 607 /* "user:" and a username */
#define COMMAND_TICKET_MAX 129

enum orders_verb {
    VERB_NONE, /* none of ours */
    VERB_SUBSCRIBE,
    VERB_UNSUBSCRIBE,
    VERB_PING,
    VERB_LOGIN,
    VERB_VIEW,
    VERB_UNVIEW,
};
struct orders_command {
    enum orders_verb verb;
    char name[COMMAND_NAME_MAX]; /* as sent, for the answer; "" if unknown */
    char ref[COMMAND_ECHO_MAX];  /* JSON, byte for byte as sent; "": none */
    char time[COMMAND_ECHO_MAX]; /* of a ping, likewise; "": none */
    char stream[COMMAND_STREAM_MAX]; /* as meant, when not sent */
    char ticket[COMMAND_TICKET_MAX];
    bool has_position;
    char epoch[COMMAND_EPOCH_MAX];
    int64_t seq;
    int heartbeat_s; /* 0: not sent */
    struct view_command view;
    /* To subscribe to the market, or to unsubscribe: all of it, for
     * market/command.h. NULL: another one. */
    cJSON *object;
};

/* command: is overwritten; orders_command_release() also where it fails.
 * stream: to which one subscribes where none is named. -1 with err:
 * ERR_TOO_LARGE (only a "view", and what names symbols, may be longer than
 * COMMAND_PLAIN_MAX), ERR_MALFORMED (not one JSON object), ERR_METHOD (unknown
 * command), ERR_INVALID (a field). name and ref are filled in as far as they
 * could be read, for the answer. */
int orders_command_read(const char *text, size_t len, const char *stream,
                        struct orders_command *command, struct err *err);
void orders_command_release(struct orders_command *command); /* safe twice */
