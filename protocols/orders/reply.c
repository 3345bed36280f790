#include "protocols/orders/reply.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

#include <string.h>
#include <utlist.h>

#include "base/banned.h"

#define REPLY_MAX 8192

int orders_say(struct orders_socket *s, const struct buf *text)
{
    struct reply *reply;

    if (text->failed || s->reply_count >= REPLIES_MAX)
        return -1;
    reply = mem_zalloc(sizeof(*reply));
    if (!reply)
        return -1;
    reply->frame = frame_new(text->data, text->len);
    if (!reply->frame) {
        mem_free(reply);
        return -1;
    }
    if (s->replies_tail)
        s->replies_tail->next = reply;
    else
        s->replies = reply;
    s->replies_tail = reply;
    s->reply_count++;
    orders_wake(s);
    return 0;
}

static void begin(struct buf *out, const char *command, const char *ref,
                  const char *status)
{
    json_open(out);
    if (*command)
        json_put_str(out, "command", command);
    else
        json_put_null(out, "command");
    json_put_str(out, "status", status);
    if (ref && *ref)
        json_put_raw(out, "ref", ref, strlen(ref));
}

void orders_ok_begin(struct buf *out, const char *command, const char *ref,
                     const char *stream)
{
    begin(out, command, ref, "ok");
    if (stream)
        json_put_str(out, "stream", stream);
}

void orders_put_position(struct buf *out, const struct server *server,
                         int64_t seq)
{
    json_open_key(out, "position");
    json_put_str(out, "epoch", server->web->meta.epoch);
    json_put_int(out, "seq", seq);
    json_close(out);
}

int orders_refuse(struct orders_socket *s, const char *command, const char *ref,
                  const char *stream, const char *code, const char *detail)
{
    struct buf out;
    int rc;

    buf_init(&out, REPLY_MAX);
    begin(&out, command, ref, "error");
    if (stream)
        json_put_str(&out, "stream", stream);
    json_put_str(&out, "code", code);
    json_put_str(&out, "detail", detail);
    json_close(&out);
    rc = orders_say(s, &out);
    buf_release(&out);
    return rc;
}

int orders_refuse_err(struct orders_socket *s, const char *command,
                      const char *ref, const char *stream,
                      const struct err *err)
{
    char detail[256];
    const char *code =
        err->code == ERR_METHOD ? "unknown_command" : err_code_name(err->code);

    if (!err->field_count)
        return orders_refuse(s, command, ref, stream, code,
                             err_public_text(err));
    lws_snprintf(detail, sizeof(detail), "%s: %s", err->fields[0].name,
                 err->fields[0].text);
    return orders_refuse(s, command, ref, stream, code, detail);
}

int orders_pong(struct orders_socket *s, const struct orders_command *command)
{
    struct buf out;
    int rc;

    buf_init(&out, REPLY_MAX);
    orders_ok_begin(&out, "ping", command->ref, NULL);
    if (*command->time)
        json_put_raw(&out, "time", command->time, strlen(command->time));
    json_put_time(&out, "server_time", clock_now_us());
    json_close(&out);
    rc = orders_say(s, &out);
    buf_release(&out);
    return rc;
}
