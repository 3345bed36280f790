#include "protocols/orders/view.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/accounts/session.h"
#include "protocols/host/upkeep.h"
#include "protocols/orders/lookup.h"
#include "protocols/orders/reply.h"
#include "protocols/orders/view_frame.h"
#include "protocols/orders/view_pace.h"
#include "protocols/orders/view_share.h"
#include "protocols/orders/write.h"

#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "base/banned.h"

/* A look-up on behalf of a view. Outlives it when that goes first. */
struct view_job {
    struct job job; /* first */
    struct socket_view *view;
    struct server *server;
    struct orders_login login;
    int64_t owner;
    char label[COMMAND_STREAM_MAX];
};

static struct socket_view *view_of(struct view_follower *follower)
{
    return lws_container_of(follower, struct socket_view, follower);
}

/* Life and death */

static struct socket_view *find(struct orders_socket *s, const char *id)
{
    struct socket_view *view;

    LL_FOREACH(s->views, view)
    {
        if (!strcmp(view->id, id))
            return view;
    }
    return NULL;
}

static void forget_job(struct socket_view *view)
{
    struct view_job *job = view->job;

    view->job = NULL;
    if (!job)
        return;
    job->view = NULL;
    if (readers_cancel(job->server->pools.readers, &job->job))
        mem_free(job);
}

/* What it has so far is of no more use. */
static void reset(struct socket_view *view)
{
    forget_job(view);
    views_unfollow(&view->follower);
    order_query_release(&view->query);
    order_page_unref(view->sent);
    order_page_unref(view->next_sent);
    view->sent = view->next_sent = NULL;
    view->changed_us = 0;
    view_pace_withdraw(view);
}

static void close_view(struct socket_view *view)
{
    struct orders_socket *s = view->socket;

    reset(view);
    view_pace_leave(view);
    LL_DELETE(s->views, view);
    s->view_count--;
    view_list_remove(s->server->web->view_list, s->server->worker, view->place);
    mem_free(view);
}

void orders_unview_all(struct orders_socket *s)
{
    while (s->views)
        close_view(s->views);
}

/* Refusals */

static const char *code_of(const struct err *err)
{
    switch (err->code) {
    case ERR_MALFORMED: return "invalid";
    case ERR_MISSING: return "missing";
    default: return err_code_name(err->code);
    }
}

static int refuse(struct orders_socket *s, const char *verb, const char *id,
                  const char *ref, const char *code, const struct err *err)
{
    struct buf out;
    int rc;

    view_frame_init(&out);
    view_frame_put_refusal(&out, verb, id, ref, code, err);
    rc = orders_say(s, &out);
    buf_release(&out);
    return rc;
}

int orders_refuse_view(struct orders_socket *s,
                       const struct orders_command *command,
                       const struct err *err)
{
    return refuse(s, command->name, command->view.id, command->ref,
                  code_of(err), err);
}

static int refuse_as(struct orders_socket *s,
                     const struct orders_command *command, const char *code,
                     const char *detail)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_THROTTLED, "%s", detail);
    return refuse(s, command->name, command->view.id, command->ref, code, &err);
}

/* Behind what it was about: nothing more can be said of it. */
static void give_up(struct orders_socket *s)
{
    orders_close_with(s, CLOSE_TRY_AGAIN, "too much waits to be read");
}

/* How the limits of views are called on this wire. */
static const char *follow_code(const struct err *err)
{
    if (err->code == ERR_THROTTLED)
        return "too_many";
    return err->code == ERR_UNAVAILABLE ? "busy" : code_of(err);
}

/* It does not come to its answer. */
static void fail(struct socket_view *view, const char *code,
                 const struct err *err)
{
    struct orders_socket *s = view->socket;

    if (refuse(s, "view", view->id, view->ref, code, err) < 0)
        give_up(s);
    close_view(view);
}

/* It has been answered, and ends by itself. */
static void end(struct socket_view *view, const char *code,
                const struct err *err)
{
    struct orders_socket *s = view->socket;
    struct buf out;

    view_frame_init(&out);
    view_frame_put_end(&out, view, code, err);
    if (orders_say(s, &out) < 0)
        give_up(s);
    buf_release(&out);
    close_view(view);
}

/* Following */

static void on_changed(struct view_follower *follower, const struct err *ended)
{
    struct socket_view *view = view_of(follower);

    if (!ended && !view->changed_us && view->state == VIEW_LIVE)
        view->changed_us = clock_mono_us();
    if (!ended)
        view_pace_ask(view);
    else if (view->state == VIEW_LIVE)
        end(view, code_of(ended), ended);
    else
        fail(view, code_of(ended), ended);
}

static int follow(struct socket_view *view, const char *anchor,
                  size_t anchor_len, struct err *err)
{
    const struct view_choice choice = {
        .user = view->socket->user,
        .options = {.is_anchored = view->is_anchored,
                    .anchor = anchor_len ? anchor : NULL,
                    .anchor_len = anchor_len,
                    .totals = view->totals},
    };

    view->query.owner = view->owner;
    view->follower.changed = on_changed;
    if (views_follow(view->socket->server->views, &view->follower, &view->query,
                     &choice, err) < 0)
        return -1;
    return 0;
}

static int job_run(struct job *base, struct db *db, struct err *err)
{
    struct view_job *job = (struct view_job *)base;

    return orders_lookup(db, job->server, &job->login, job->label, &job->owner,
                         err);
}

static void job_done(struct job *base)
{
    struct view_job *job = (struct view_job *)base;
    struct socket_view *view = job->view;
    struct err err = ERR_INIT;

    if (!view) {
        mem_free(job);
        return;
    }
    view->job = NULL;
    if (job->job.err.code == ERR_UNAUTHENTICATED) {
        orders_close_with(view->socket, CLOSE_LOGIN_ENDED,
                          "the login has ended");
    } else if (job->job.err.code) {
        fail(view, code_of(&job->job.err), &job->job.err);
    } else {
        view->owner = job->owner;
        view->state = VIEW_JOINING;
        if (follow(view, NULL, 0, &err) < 0)
            fail(view, follow_code(&err), &err);
    }
    mem_free(job);
}

static int look_up(struct socket_view *view, struct err *err)
{
    struct orders_socket *s = view->socket;
    struct view_job *job = mem_zalloc(sizeof(*job));

    if (!job)
        return err_set(err, ERR_NOMEM, "no memory for a view");
    job->job.run = job_run;
    job->job.done = job_done;
    job->job.flow = flows_of_user(s->user);
    job->view = view;
    job->server = s->server;
    job->login =
        (struct orders_login){.session = s->session, .token = s->token};
    memcpy(job->label, view->label, sizeof(job->label));
    if (readers_submit(s->server->pools.readers, &job->job, err) < 0) {
        mem_free(job);
        return -1;
    }
    view->job = job;
    return 0;
}

/* Commands */

static void list_view(struct socket_view *view)
{
    const struct orders_socket *s = view->socket;
    const struct web *web = s->server->web;
    struct view_row row = {
        .user = s->user,
        .socket = roster_id(web->roster, s->server->worker, s->place)};

    memcpy(row.name, view->id, sizeof(view->id));
    view->place = view_list_add(web->view_list, s->server->worker, &row);
}

void orders_end_view(struct orders_socket *s, int64_t id)
{
    const struct server *server = s->server;
    struct socket_view *view;
    struct err err = ERR_INIT;

    LL_FOREACH(s->views, view)
    {
        if (view_list_id(server->web->view_list, server->worker, view->place) ==
            id)
            break;
    }
    if (!view)
        return;
    err_set(&err, ERR_FORBIDDEN, "ended by staff");
    on_changed(&view->follower, &err);
}

static struct socket_view *open_view(struct orders_socket *s,
                                     const struct orders_command *command)
{
    struct socket_view *view = mem_zalloc(sizeof(*view));

    if (!view)
        return NULL;
    view->socket = s;
    memcpy(view->id, command->view.id, sizeof(view->id));
    pace_member_init(&view->pace, VIEW_RATE_DEFAULT);
    LL_PREPEND(s->views, view);
    s->view_count++;
    list_view(view);
    return view;
}

static void set_rate(struct socket_view *view, int rate)
{
    if (rate)
        view_pace_set(view, rate);
}

/* The one before has not been answered: it never will be. */
static int supersede(struct socket_view *view)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_CONFLICT, "another view of this id was asked for");
    return refuse(view->socket, "view", view->id, view->ref, "superseded",
                  &err);
}

/* To ask for a view is to use the login, as a draw does; to have one is not. */
static void note_use(struct orders_socket *s)
{
    int64_t now = clock_mono_us();

    if (s->used_us && now - s->used_us < SESSION_TOUCH_US)
        return;
    s->used_us = now;
    upkeep_touch(s->server, s->session, s->token);
}

static int begin(struct socket_view *view, struct orders_command *command,
                 struct err *err)
{
    note_use(view->socket);
    view->state = VIEW_LOOKUP;
    view->query = command->view.query;
    command->view.query = (struct order_query){.owner = 0};
    view->has_draw = command->view.has_draw;
    view->draw = command->view.draw;
    view->is_anchored = command->view.is_anchored;
    view->totals = command->view.totals;
    memcpy(view->label, command->stream, sizeof(view->label));
    memcpy(view->ref, command->ref, sizeof(view->ref));
    set_rate(view, command->view.max_rate ? command->view.max_rate
                                          : VIEW_RATE_DEFAULT);
    return look_up(view, err);
}

/* Sent again from what the client has: its rows stay where they are. */
static int change(struct socket_view *view, struct orders_command *command)
{
    const struct view_command *asked = &command->view;
    struct err err = ERR_INIT;
    struct buf out;
    int rc;

    if (asked->has_anchor && asked->is_anchored != view->is_anchored) {
        if (order_query_copy(&view->query, views_query(&view->follower), &err) <
            0)
            return orders_refuse_view(view->socket, command, &err);
        view->is_anchored = asked->is_anchored;
        if (follow(view, asked->is_anchored ? view->sent->key : NULL,
                   asked->is_anchored ? view->sent->key_len : 0, &err) < 0) {
            view->is_anchored = !asked->is_anchored; /* as it was */
            return refuse(view->socket, "view", view->id, command->ref,
                          follow_code(&err), &err);
        }
        view_pace_withdraw(view);
        view->first_start = view->sent->start;
    }
    set_rate(view, asked->max_rate);
    view_frame_init(&out);
    view_frame_put_changed(&out, view, command->ref);
    rc = orders_say(view->socket, &out);
    buf_release(&out);
    return rc;
}

static int check_rate(struct orders_socket *s,
                      const struct orders_command *command, bool *is_refused)
{
    int wait_s =
        limit_take(s->server->web->limits.views, &s->user, sizeof(s->user));
    struct err err = ERR_INIT;

    *is_refused = wait_s > 0;
    if (!wait_s)
        return 0;
    metrics_add(s->server->metrics, METRIC_COMMANDS_REFUSED, 1);
    err_set(&err, ERR_THROTTLED, "too many views: wait, then try again");
    err.retry_after_s = wait_s;
    return orders_refuse_view(s, command, &err);
}

int orders_view(struct orders_socket *s, struct orders_command *command)
{
    struct socket_view *view = find(s, command->view.id);
    struct err err = ERR_INIT;
    bool is_refused;
    int rc = check_rate(s, command, &is_refused);

    if (is_refused)
        return rc;
    if (!orders_is_label(command->stream)) {
        err_field(&err, "stream", "must be orders, all or user:<name>");
        return orders_refuse_view(s, command, &err);
    }
    if (strcmp(command->stream, "orders") != 0 && !s->is_staff) {
        err_set(&err, ERR_FORBIDDEN, "only staff follow this stream");
        return orders_refuse_view(s, command, &err);
    }
    if (command->heartbeat_s)
        orders_set_heartbeat(s, command->heartbeat_s);
    if (!command->view.has_query) {
        if (view && view->state == VIEW_LIVE)
            return change(view, command);
        err_field(&err, "id", "there is no such view to be changed");
        return orders_refuse_view(s, command, &err);
    }
    if (!view && s->view_count == VIEWS_MAX)
        return refuse_as(s, command, "too_many",
                         "a socket can have at most 8 views");
    if (view && view->state != VIEW_LIVE && supersede(view) < 0)
        return -1;
    if (view)
        reset(view);
    else
        view = open_view(s, command);
    if (!view)
        err_set(&err, ERR_NOMEM, "no memory for a view");
    if (view && begin(view, command, &err) == 0)
        return 0;
    rc = orders_refuse_view(s, command, &err);
    if (view)
        close_view(view);
    return rc;
}

int orders_unview(struct orders_socket *s, const struct orders_command *command)
{
    struct socket_view *view = find(s, command->view.id);
    struct buf out;
    int rc;

    if (view && view->state != VIEW_LIVE && supersede(view) < 0)
        return -1;
    if (view)
        close_view(view);
    view_frame_init(&out);
    orders_ok_begin(&out, "unview", command->ref, NULL);
    json_put_str(&out, "id", command->view.id);
    json_close(&out);
    rc = orders_say(s, &out);
    buf_release(&out);
    return rc;
}

/* Frames */

bool view_has_more(const struct socket_view *view)
{
    return view->is_due;
}

/* Nothing that it shows is other than what the client has. */
static bool is_same(const struct socket_view *view,
                    const struct order_page *page)
{
    return page && view->state == VIEW_LIVE &&
           (view->sent == page || order_page_equal(view->sent, page));
}

static void too_large(struct socket_view *view)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_TOO_LARGE, "a frame would be of more than %d bytes",
            VIEW_FRAME_MAX);
    if (view->state == VIEW_LIVE)
        end(view, "too_large", &err);
    else
        fail(view, "too_large", &err);
}

/* *frame NULL: it would be too large. -1: out of memory. */
static int make_frame(const struct socket_view *view, struct order_page *page,
                      struct frame **frame)
{
    bool is_live = view->state == VIEW_LIVE;
    struct buf out;

    *frame = is_live ? view_share_find(view, page) : NULL;
    if (*frame)
        return 0;
    view_frame_init(&out);
    if (is_live)
        view_frame_put_patch(&out, view, page);
    else
        view_frame_put_answer(&out, view, page);
    if (!out.failed)
        *frame = frame_new(out.data, out.len);
    buf_release(&out);
    if (*frame && is_live)
        view_share_keep(view, page, *frame);
    return *frame || out.too_large ? 0 : -1;
}

int view_next(struct socket_view *view, struct frame **frame)
{
    struct order_page *page = views_page(&view->follower);

    *frame = NULL;
    view->is_due = false;
    if (is_same(view, page)) {
        view->changed_us = 0;
        return 0;
    }
    view->next_seq = views_position(&view->follower);
    if (make_frame(view, page, frame) < 0)
        return -1;
    if (*frame)
        view->next_sent = order_page_ref(page);
    else
        too_large(view);
    return 0;
}

void view_sent(struct socket_view *view)
{
    order_page_unref(view->sent);
    view->sent = view->next_sent;
    view->next_sent = NULL;
    view->seq = view->next_seq;
    if (view->state != VIEW_LIVE)
        view->first_start = view->sent->start;
    view->state = VIEW_LIVE;
    view_pace_sent(view);
}

/* A client that has all there is to show has it at the engine's position. */
void orders_put_views(struct buf *out, const struct orders_socket *s)
{
    const struct socket_view *view;

    json_open_key(out, "views");
    LL_FOREACH(s->views, view)
    {
        int64_t seq = view->seq;

        if (view->state != VIEW_LIVE)
            continue;
        if (views_are_current(s->server->views) &&
            is_same(view, views_page(&view->follower)))
            seq = views_position(&view->follower);
        json_put_int(out, view->id, seq);
    }
    json_close(out);
}
