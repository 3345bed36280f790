#include "client/crowd.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* Handshakes under way, so that the server's queue of new connections holds. */
#define OPENING_MAX 64
#define MESSAGE_MAX (1024 * 1024)

struct member {
    struct crowd *crowd;
    struct lws *wsi;
    struct buf message; /* one that came in pieces */
    bool is_subscribed;
};

struct crowd {
    struct link *link;
    struct crowd_options options;
    struct crowd_hooks hooks;
    struct member *members;
    size_t begun, subscribed, lost;
    bool is_failed;
    bool is_settled; /* all are subscribed, or one failed */
    int status;      /* what the failed handshake was answered with */
    char said[256];  /* or the command */
};

static size_t number_of(const struct member *member)
{
    return (size_t)(member - member->crowd->members);
}

static const char *token_of(const struct member *member)
{
    const struct crowd_options *options = &member->crowd->options;

    if (!options->token_count)
        return NULL;
    return options->tokens[number_of(member) % options->token_count];
}

static void fail(struct crowd *crowd, int status)
{
    if (!crowd->is_failed)
        crowd->status = status;
    crowd->is_failed = true;
    crowd->is_settled = true;
}

static void open_some(struct crowd *crowd)
{
    while (!crowd->is_failed && crowd->begun < crowd->options.count &&
           crowd->begun - crowd->subscribed < OPENING_MAX) {
        struct member *member = &crowd->members[crowd->begun++];
        const char *protocol = crowd->options.protocol;

        if (!link_connect_member(crowd->link, member,
                                 crowd->options.is_plain ? NULL
                                 : protocol              ? protocol
                                                         : "orders",
                                 &member->wsi))
            fail(crowd, 0);
    }
}

static void note_subscribed(struct member *member)
{
    struct crowd *crowd = member->crowd;

    member->is_subscribed = true;
    crowd->subscribed++;
    if (crowd->subscribed == crowd->options.count)
        crowd->is_settled = true;
    else
        open_some(crowd);
}

static int on_opened(struct member *member)
{
    if (member->crowd->options.is_plain)
        note_subscribed(member);
    else
        lws_callback_on_writable(member->wsi);
    return 0;
}

static int subscribe(struct member *member)
{
    static const char room[LWS_PRE];
    const struct crowd *crowd = member->crowd;
    const char *command = crowd->options.command;
    struct buf own;
    struct buf framed;
    int rc = -1;

    if (member->is_subscribed)
        return 0;
    buf_init(&own, MESSAGE_MAX);
    buf_init(&framed, MESSAGE_MAX);
    buf_put(&framed, room, sizeof(room));
    if (crowd->hooks.command)
        crowd->hooks.command(crowd->hooks.arg, number_of(member), &own);
    else
        buf_put_text(&own, command ? command : "{\"command\":\"subscribe\"}");
    buf_put(&framed, own.data, own.len);
    if (!own.failed && !framed.failed &&
        lws_write(member->wsi, (unsigned char *)framed.data + LWS_PRE,
                  framed.len - LWS_PRE, LWS_WRITE_TEXT) >= 0)
        rc = 0;
    buf_release(&own);
    buf_release(&framed);
    return rc;
}

/* It is shown: what a terminal would obey is left out. */
static void keep_said(struct crowd *crowd, const char *text, size_t len)
{
    size_t max = sizeof(crowd->said) - 1;

    for (size_t i = 0; i < len && i < max; i++)
        crowd->said[i] =
            (char)(text[i] >= ' ' && text[i] < 127 ? text[i] : '?');
}

static int take_whole(struct member *member, const char *text, size_t len)
{
    struct crowd *crowd = member->crowd;

    if (!member->is_subscribed) {
        if (!memmem(text, len, "\"status\":\"ok\"", 13)) {
            keep_said(crowd, text, len);
            fail(crowd, 0);
            return -1;
        }
        note_subscribed(member);
    } else if (crowd->hooks.frame) {
        crowd->hooks.frame(crowd->hooks.arg, number_of(member), text, len);
    }
    return 0;
}

static int take_message(struct member *member, const char *in, size_t len)
{
    int rc;

    if (!member->message.len && lws_is_final_fragment(member->wsi))
        return take_whole(member, in, len);
    buf_put(&member->message, in, len);
    if (member->message.failed)
        return -1;
    if (!lws_is_final_fragment(member->wsi))
        return 0;
    rc = take_whole(member, buf_text(&member->message), member->message.len);
    buf_release(&member->message);
    return rc;
}

static int end_member(struct member *member, int status)
{
    struct crowd *crowd = member->crowd;

    if (member->is_subscribed)
        crowd->lost++;
    if (!crowd->is_settled)
        fail(crowd, status);
    member->wsi = NULL;
    return 0;
}

int crowd_callback(struct lws *wsi, enum lws_callback_reasons reason,
                   void *user, void *in, size_t len)
{
    struct member *member = lws_get_opaque_user_data(wsi);

    (void)user;
    if (!member)
        return 0;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return link_add_token(member->crowd->link, wsi, token_of(member), in,
                              len);
    case LWS_CALLBACK_CLIENT_ESTABLISHED: return on_opened(member);
    case LWS_CALLBACK_CLIENT_WRITEABLE: return subscribe(member);
    case LWS_CALLBACK_CLIENT_RECEIVE: return take_message(member, in, len);
    case LWS_CALLBACK_CLIENT_CLOSED: return end_member(member, 0);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        return end_member(member, (int)lws_http_client_http_response(wsi));
    default: return 0;
    }
}

int crowd_new(struct crowd **crowd, struct link *link,
              const struct crowd_options *options,
              const struct crowd_hooks *hooks, struct err *err)
{
    struct crowd *made = mem_zalloc(sizeof(*made));

    *crowd = NULL;
    if (made)
        made->members = mem_zalloc(options->count * sizeof(*made->members));
    if (!made || !made->members) {
        crowd_free(made);
        return err_set(err, ERR_NOMEM, "no memory for %zu sockets",
                       options->count);
    }
    made->link = link;
    made->options = *options;
    made->hooks = *hooks;
    for (size_t i = 0; i < options->count; i++) {
        made->members[i].crowd = made;
        buf_init(&made->members[i].message, MESSAGE_MAX);
    }
    *crowd = made;
    return 0;
}

void crowd_free(struct crowd *crowd)
{
    if (!crowd)
        return;
    for (size_t i = 0; crowd->members && i < crowd->options.count; i++)
        buf_release(&crowd->members[i].message);
    mem_free(crowd->members);
    mem_free(crowd);
}

int crowd_gather(struct crowd *crowd, struct err *err)
{
    open_some(crowd);
    link_wait(crowd->link, &crowd->is_settled);
    if (!crowd->is_failed)
        return 0;
    return err_set(err, ERR_UNAVAILABLE,
                   "socket %zu of %zu did not get through (status %d)%s%s",
                   crowd->subscribed + 1, crowd->options.count, crowd->status,
                   *crowd->said ? ": " : "", crowd->said);
}

size_t crowd_lost(const struct crowd *crowd)
{
    return crowd->lost;
}
