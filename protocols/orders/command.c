#include "protocols/orders/command.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "base/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define HEARTBEAT_MAX_S 60

static const struct {
    const char *name;
    enum orders_verb verb;
} verbs[] = {
    {"subscribe", VERB_SUBSCRIBE}, {"unsubscribe", VERB_UNSUBSCRIBE},
    {"ping", VERB_PING},           {"login", VERB_LOGIN},
    {"view", VERB_VIEW},           {"unview", VERB_UNVIEW},
};

static int read_text(const cJSON *object, const char *name, char *out,
                     size_t max, struct err *err)
{
    const cJSON *item = json_get(object, name);

    if (!item)
        return 0;
    if (!cJSON_IsString(item) || !*item->valuestring)
        return err_field(err, name, "must be a string");
    if (strlen(item->valuestring) >= max)
        return err_field(err, name, "is too long");
    snprintf(out, max, "%s", item->valuestring);
    return 0;
}

static bool is_whole(double number, double min, double max)
{
    return number >= min && number <= max && floor(number) == number;
}

static int read_position(const cJSON *object, struct orders_command *command,
                         struct err *err)
{
    const cJSON *position = json_get(object, "position");
    const cJSON *seq = json_get(position, "seq");

    if (!position || cJSON_IsNull(position))
        return 0;
    if (!cJSON_IsObject(position) ||
        !cJSON_IsString(json_get(position, "epoch")) || !cJSON_IsNumber(seq) ||
        !is_whole(seq->valuedouble, 0, 9e15))
        return err_field(err, "position",
                         "must be {\"epoch\": text, \"seq\": number}");
    if (read_text(position, "epoch", command->epoch, COMMAND_EPOCH_MAX, err) <
        0)
        return -1;
    command->seq = (int64_t)seq->valuedouble;
    command->has_position = true;
    return 0;
}

static int read_verb(const cJSON *object, struct orders_command *command,
                     struct err *err)
{
    const cJSON *item = json_get(object, "command");

    if (!cJSON_IsString(item))
        return err_field(err, "command", "must be a string");
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(item->valuestring, verbs[i].name) != 0)
            continue;
        command->verb = verbs[i].verb;
        snprintf(command->name, sizeof(command->name), "%s", verbs[i].name);
        return 0;
    }
    if (strlen(item->valuestring) < sizeof(command->name))
        snprintf(command->name, sizeof(command->name), "%s", item->valuestring);
    return err_set(err, ERR_METHOD,
                   "commands are subscribe, unsubscribe, view, unview, ping "
                   "and login");
}

static bool is_view(const struct orders_command *command)
{
    return command->verb == VERB_VIEW || command->verb == VERB_UNVIEW;
}

static bool is_subscription(const struct orders_command *command)
{
    return command->verb == VERB_SUBSCRIBE || command->verb == VERB_UNSUBSCRIBE;
}

static bool is_of_market(const struct orders_command *command)
{
    return is_subscription(command) && !strcmp(command->stream, "market");
}

/* Where none is named, it is the subprotocol's to which one subscribes. */
static int read_stream(const cJSON *object, struct orders_command *command,
                       struct err *err)
{
    if (!is_subscription(command))
        snprintf(command->stream, sizeof(command->stream), "%s", "orders");
    return read_text(object, "stream", command->stream, COMMAND_STREAM_MAX,
                     err);
}

static int read_fields(const cJSON *object, size_t len,
                       struct orders_command *command, struct err *err)
{
    if (read_verb(object, command, err) < 0 ||
        read_stream(object, command, err) < 0)
        return -1;
    if (len > COMMAND_PLAIN_MAX && command->verb != VERB_VIEW &&
        !is_of_market(command))
        return err_set(err, ERR_TOO_LARGE, "%s is at most %d bytes",
                       command->name, COMMAND_PLAIN_MAX);
    if (is_view(command) &&
        view_command_read(object, command->verb == VERB_VIEW, &command->view,
                          err) < 0)
        return -1;
    if (read_text(object, "ticket", command->ticket, COMMAND_TICKET_MAX, err) <
            0 ||
        json_get_whole(object, "heartbeat", 1, HEARTBEAT_MAX_S, "seconds",
                       &command->heartbeat_s, err) < 0)
        return -1;
    return is_of_market(command) ? 0 : read_position(object, command, err);
}

/* What is only given back: a string or a number, as it stands in the text. A
 * number becomes "0" there, for the parser, which would bend it. */
static int take_echo(char *text, size_t len, const char *name,
                     char out[COMMAND_ECHO_MAX], struct err *err)
{
    struct json_span span;
    bool is_string;

    if (!json_find_member(text, len, name, &span))
        return 0;
    is_string = *span.text == '"';
    if (!is_string && *span.text != '-' && !isdigit((unsigned char)*span.text))
        return err_field(err, name, "must be a string or a number");
    if (span.len > (is_string ? COMMAND_ECHO_MAX - 1 : COMMAND_NUMBER_MAX))
        return err_field(err, name, "is too long");
    memcpy(out, span.text, span.len);
    out[span.len] = '\0';
    if (!is_string) {
        char *at = text + (span.text - text);

        memset(at, ' ', span.len);
        *at = '0';
    }
    return 0;
}

static int read_copy(char *text, size_t len, struct orders_command *command,
                     struct err *err)
{
    struct err fault = ERR_INIT;
    cJSON *object = NULL;
    int rc;

    /* First, so that even an error can be matched to its command. */
    if (take_echo(text, len, "ref", command->ref, &fault) == 0)
        take_echo(text, len, "time", command->time, &fault);
    if (fault.code) {
        *err = fault;
        return -1;
    }
    if (json_parse(text, len, &object, err) < 0)
        return -1;
    if (!cJSON_IsObject(object))
        rc = err_set(err, ERR_MALFORMED, "send one JSON object");
    else
        rc = read_fields(object, len, command, err);
    if (rc == 0 && is_of_market(command))
        command->object = object;
    else
        cJSON_Delete(object);
    return rc;
}

void orders_command_release(struct orders_command *command)
{
    view_command_release(&command->view);
    cJSON_Delete(command->object);
    command->object = NULL;
}

int orders_command_read(const char *text, size_t len, const char *stream,
                        struct orders_command *command, struct err *err)
{
    char *copy = mem_strndup(text, len);
    int rc;

    memset(command, 0, sizeof(*command));
    snprintf(command->stream, sizeof(command->stream), "%s", stream);
    if (!copy)
        return err_set(err, ERR_NOMEM, "no memory for a command");
    rc = read_copy(copy, len, command, err);
    mem_free(copy);
    return rc;
}
