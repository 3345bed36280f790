#include "protocols/orders/login.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/accounts/scopes.h"
#include "model/accounts/ticket.h"
#include "protocols/orders/reply.h"
#include "protocols/orders/user.h"

#include <string.h>

#include "base/banned.h"

/* A ticket being redeemed. Outlives its socket when that goes first. */
struct login_job {
    struct job job; /* first */
    struct orders_socket *socket;
    const struct web *web;
    struct actor actor;
    char ticket[COMMAND_TICKET_MAX];
    char ref[COMMAND_ECHO_MAX];
};

static int job_run(struct job *base, struct db *db, struct err *err)
{
    struct login_job *job = (struct login_job *)base;

    if (ticket_redeem(db, job->ticket, &job->actor, err) < 0 ||
        scope_check(&job->actor, SCOPES_OF_SOCKETS, err) < 0)
        return -1;
    return second_factor_check(&job->actor, job->web->staff_second_factor, err);
}

static int say_welcome(struct orders_socket *s, const struct login_job *job)
{
    struct buf out;
    int rc;

    buf_init(&out, 4096);
    orders_ok_begin(&out, "login", job->ref, NULL);
    json_put_str(&out, "username", job->actor.username);
    json_close(&out);
    rc = orders_say(s, &out);
    buf_release(&out);
    return rc;
}

static void job_done(struct job *base)
{
    struct login_job *job = (struct login_job *)base;
    struct orders_socket *s = job->socket;

    if (s) {
        s->login = NULL;
        if (job->job.err.code == ERR_SETUP)
            orders_close_with(s, CLOSE_RIGHTS_CHANGED,
                              err_code_name(ERR_SETUP));
        else if (job->job.err.code)
            orders_close_with(s, CLOSE_LOGIN_ENDED,
                              "invalid or expired ticket");
        else if (orders_set_login(s, &job->actor) < 0 ||
                 say_welcome(s, job) < 0)
            orders_close_with(s, CLOSE_TRY_AGAIN, "try again");
    }
    mem_free(job);
}

int orders_login(struct orders_socket *s, const struct orders_command *command)
{
    struct login_job *job;
    struct err err = ERR_INIT;

    if (s->user || s->login)
        return orders_refuse(s, "login", command->ref, NULL, "conflict",
                             "this socket has its login");
    if (!*command->ticket)
        return orders_refuse(s, "login", command->ref, NULL, "invalid",
                             "ticket: is required");
    job = mem_zalloc(sizeof(*job));
    if (!job)
        return -1;
    job->job.run = job_run;
    job->job.done = job_done;
    job->socket = s;
    job->web = s->server->web;
    memcpy(job->ticket, command->ticket, sizeof(job->ticket));
    memcpy(job->ref, command->ref, sizeof(job->ref));
    if (writer_submit(s->server->pools.writer, &job->job, &err) < 0) {
        mem_free(job);
        return orders_refuse_err(s, "login", command->ref, NULL, &err);
    }
    s->login = job;
    return 0;
}

void orders_login_forget(struct orders_socket *s)
{
    if (s->login)
        s->login->socket = NULL;
    s->login = NULL;
}
