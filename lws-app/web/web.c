#include "web/web.h"
#include "base/log.h"
#include "model/accounts/scopes.h"
#include "web/access/auth.h"
#include "web/access/login.h"
#include "web/access/logins.h"
#include "web/answers.h"
#include "web/api/handlers.h"
#include "web/api/order_told.h"
#include "web/browse.h"
#include "web/http/pack.h"
#include "web/http/page.h"
#include "web/http/problem.h"
#include "web/query/link.h"
#include "web/routes.h"
#include "web/schema/openapi.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

/* Where one's second factor is set up. */
#define SETUP_PAGE "/accounts/"

/* What pages of another origin may send, and see, beyond what all may. */
#define CORS_ALLOWED                                                           \
    "Authorization, Content-Type, If-Match, If-None-Match, Accept"
#define CORS_EXPOSED                                                           \
    "Allow, Content-Disposition, ETag, Location, Retry-After, "                \
    "WWW-Authenticate, X-Count, X-Position"
#define CORS_MAX_AGE_S "600"

/* Once, since it never changes. */
static int pack_description(struct web *web, struct err *err)
{
    struct buf *packed = &web->description_packed;
    const struct buf *text = &web->description_text;
    struct gzip_part part;

    buf_init(packed, OPENAPI_MAX);
    gzip_put_head(packed, NULL, 0);
    if (gzip_deflate(packed, text->data, text->len, &part, err) < 0)
        return -1;
    gzip_put_end(packed, NULL, 0, &part);
    web->description.gzip = (const unsigned char *)packed->data;
    web->description.gzip_len = packed->len;
    return buf_check(packed, err);
}

int web_open(struct web *web, struct err *err)
{
    const struct route_table table = {routes, routes_count};
    struct buf *text = &web->description_text;
    uint8_t digest[SECRET_DIGEST];
    char hash[SECRET_TEXT_MAX];

    buf_init(text, OPENAPI_MAX);
    openapi_write(text, web->base, &table);
    if (buf_check(text, err) < 0)
        return -1;
    secret_sha256(text->data, text->len, digest);
    secret_encode(digest, sizeof(digest), hash);
    snprintf(web->description_etag, sizeof(web->description_etag), "\"%s\"",
             hash);
    web->description = (struct asset){
        .path = "/api/schema/",
        .type = "application/json",
        .etag = web->description_etag,
        .data = (const unsigned char *)text->data,
        .len = text->len,
    };
    return pack_description(web, err);
}

void web_close(struct web *web)
{
    buf_release(&web->description_text);
    buf_release(&web->description_packed);
    limit_free(web->limits.token);
    limit_free(web->limits.user);
    limit_free(web->limits.address);
    limit_free(web->limits.login_account);
    limit_free(web->limits.login_address);
    limit_free(web->limits.sockets);
    limit_free(web->limits.commands);
    limit_free(web->limits.views);
    limit_free(web->limits.connections);
    limit_free(web->limits.profile);
    limit_free(web->limits.logins);
    limit_free(web->limits.tickets);
    limit_free(web->limits.pages);
    limit_free(web->limits.admin);
    quota_free(web->limits.quota);
    refusals_free(web->refusals);
}

/* For a page of another origin. Without Access-Control-Allow-Credentials its
 * browser sends no cookie along, and shows it no answer to one. */
static void put_cors_headers(const struct web *web,
                             const struct request *request,
                             struct response *response)
{
    const char *origin = auth_cors_origin(web, request);
    char allow[ROUTE_ALLOW_MAX];

    if (!origin)
        return;
    response_header(response, "access-control-allow-origin", origin);
    if (request->method != HTTP_OPTIONS) {
        response_header(response, "access-control-expose-headers",
                        CORS_EXPOSED);
        return;
    }
    /* All of them, so that a page is told what is wrong with its method. */
    route_allow(ROUTE_ALL_METHODS, allow);
    response_header(response, "access-control-allow-methods", allow);
    response_header(response, "access-control-allow-headers", CORS_ALLOWED);
    response_header(response, "access-control-max-age", CORS_MAX_AGE_S);
}

static void put_headers(const struct web *web, const struct request *request,
                        bool is_packed, struct response *response)
{
    bool is_api = request_is_of_api(request);
    char vary[96];

    if (request->is_https && !web->is_tls)
        response_header(response, "strict-transport-security", HSTS);
    if (is_api)
        put_cors_headers(web, request, response);
    if (response->asset)
        return;
    response_header(response, "cache-control", "no-store");
    snprintf(vary, sizeof(vary), "%sCookie, Authorization%s%s",
             is_api ? "Accept, " : "", is_packed ? ", Accept-Encoding" : "",
             is_api && web->cors_origin_count ? ", Origin" : "");
    response_header(response, "vary", vary);
}

static void put_common_headers(struct call *call)
{
    put_headers(call->web, call->request, call->route->is_packed,
                call->response);
}

/* On the thread that made it. Of the loop only so much is taken. */
static void pack(struct call *call)
{
    struct response *response = call->response;
    size_t len = response->body.len;

    if (!call->route->is_packed || call->browse || response->status != 200 ||
        response->asset || response->file >= 0 || response->gzip ||
        len < PACK_MIN ||
        (call->route->run == RUN_LOOP && len > PACK_LOOP_MAX) ||
        call->keep.from > GZIP_HEAD_MAX || !pack_is_wanted(call->request))
        return;
    pack_body(response, call->keep.from, &call->keep.part);
}

int web_prepare(struct call *call, struct db *db, struct err *err)
{
    int rc;

    call->db = db;
    /* A stranger costs no hash where a login is needed. */
    if (web_check_login(call, err) < 0)
        return -1;
    rc = call->route->prepare(call, err);
    call->db = NULL;
    return rc;
}

static int handle(struct call *call, struct err *err)
{
    size_t from;
    int rc;

    if (!web_writes_orders(call))
        return call->route->handle(call, err);
    db_announced(call->db, &from);
    call->orders = 1;
    rc = call->route->handle(call, err);
    if (rc < 0)
        order_told_hide(call, err);
    else
        rc = web_take_quota(call, from, err);
    if (rc < 0)
        web_count_refused(call, err);
    return rc;
}

static int answer(struct call *call, struct err *err)
{
    if (web_check_login(call, err) < 0)
        return -1;
    call->is_kept = call->answers && answers_copy(call->answers, call);
    return call->is_kept ? 0 : handle(call, err);
}

int web_run(struct call *call, struct db *db, struct err *err)
{
    int rc;

    call->db = db;
    rc = answer(call, err);
    /* Here, and not on the loop. */
    if (!call->must_be_long)
        call_release(call);
    if (rc < 0)
        return -1;
    if (buf_check(&call->response->body, err) < 0)
        return -1;
    if (call->browse && call->response->status / 100 != 3 &&
        browse_respond(call, call->response->status, err) < 0)
        return -1;
    pack(call);
    put_common_headers(call);
    if (call->response->header_failed)
        return err_set(err, ERR_INTERNAL, "a header does not fit the answer");
    return 0;
}

void web_foresee(struct call *call, int64_t user, struct db *db)
{
    if (call->route->role != ROLE_NONE)
        auth_foresee(db, call->request);
    if (!user || !web_writes_orders(call))
        return;
    call->db = db;
    orders_foresee(call, user);
    call->db = NULL;
}

int web_run_here(struct call *call, struct err *err)
{
    return web_run(call, NULL, err);
}

void web_refuse(const struct web *web, const struct request *request,
                struct response *response, const struct err *err)
{
    char allow[ROUTE_ALLOW_MAX];

    problem_respond(response, err);
    put_headers(web, request, false, response);
    if (err->code != ERR_METHOD)
        return;
    route_allow(ROUTE_ALL_METHODS, allow);
    response_header(response, "allow", allow);
}

bool web_run_kept(struct call *call, struct logins *logins,
                  const struct answers *answers)
{
    struct err err = ERR_INIT;
    bool is_found;

    if (!answers_may_have(answers, call))
        return false;
    call->db = logins_db(logins);
    call->logins = logins;
    is_found = web_check_login(call, &err) == 0 && answers_take(answers, call);
    call->db = NULL;
    call->logins = NULL;
    if (is_found) {
        put_common_headers(call);
    } else {
        call->response->touch_session = 0;
        call->response->touch_token = 0;
    }
    return is_found;
}

/* Back to the same address afterwards, where it is not too long for that. */
static void redirect_to_login(struct call *call)
{
    struct buf address;
    struct buf to;

    buf_init(&address, 2048);
    buf_init(&to, 3500);
    link_put_own(&address, call->request, "");
    buf_put_text(&to, "/accounts/login/?next=");
    params_encode_path(&to, address.failed ? "/" : buf_text(&address));
    response_redirect(call->response, 302,
                      to.failed ? "/accounts/login/" : buf_text(&to));
    buf_release(&address);
    buf_release(&to);
}

/* A login there would not count beside a token, and lead here again. */
static bool is_for_login_page(const struct call *call, const struct err *err)
{
    return err->code == ERR_UNAUTHENTICATED && !auth_is_token(call->request);
}

/* A page for a browser, in place of a problem. -1: it is a problem. */
static int fail_browse(struct call *call, const struct err *err)
{
    struct err inner = ERR_INIT;

    if (!call->browse)
        return -1;
    if (err->code == ERR_SETUP) {
        response_redirect(call->response, 302, SETUP_PAGE);
        return 0;
    }
    if (is_for_login_page(call, err)) {
        redirect_to_login(call);
        return 0;
    }
    return browse_respond(call, problem_status(err->code), &inner);
}

/* Which methods there are is no secret. */
static void say_options(struct call *call)
{
    struct err none = ERR_INIT;

    options_read(call, &none);
}

static void log_failure(const struct call *call, const struct err *err)
{
    static struct log_pace pace;
    uint64_t left_out;
    char path[LOG_QUOTED_MAX];

    if (problem_status(err->code) == 500)
        log_error("web.failed", "method=%s path=%s code=%s text=\"%s\"",
                  http_method_name(call->request->method),
                  log_quoted(path, call->request->path),
                  err_code_name(err->code), err->text);
    else if ((err->code == ERR_UNAVAILABLE || err->code == ERR_NOMEM ||
              err->code == ERR_BUDGET) &&
             log_is_due(&pace, &left_out))
        log_warn("web.unavailable",
                 "method=%s path=%s text=\"%s\" left_out=%" PRIu64,
                 http_method_name(call->request->method),
                 log_quoted(path, call->request->path), err->text, left_out);
}

void web_fail(struct call *call, const struct err *err)
{
    enum role role = call->route->role;

    call->response->touch_session = 0;
    call->response->touch_token = 0;
    refusals_note_err(call->web->refusals, err, call->request->address,
                      call->actor.user);
    log_failure(call, err);
    if (err->code == ERR_MISDIRECTED)
        problem_respond(call->response, err);
    else if (err->code == ERR_UNAUTHENTICATED &&
             call->request->method == HTTP_OPTIONS)
        say_options(call);
    else if ((role == ROLE_PAGE_USER || role == ROLE_PAGE_STAFF) &&
             is_for_login_page(call, err))
        redirect_to_login(call);
    else if (call->route->html && err->code == ERR_SETUP)
        response_redirect(call->response, 302, SETUP_PAGE);
    else if (call->route->html)
        page_fail(call->response, err);
    else if (fail_browse(call, err) < 0)
        problem_respond(call->response, err);
    put_common_headers(call);
}
