#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "target.h"
#include "web/access/lookup.h"
#include "web/access/names.h"
#include "web/http/problem.h"
#include "web/web.h"
#include "world.h"

#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"

/*
 * A whole request, from what was taken off the wire to the answer, without a
 * socket: a line each for the method, the path with its arguments, and headers;
 * an empty line; the body. Each begins from the same database.
 */
struct place {
    struct db *db;
    struct web web;
    _Atomic int64_t export_users[WEB_EXPORTS_MAX];
};

static struct place *open_place(void)
{
    static struct place place;
    struct web *web = &place.web;
    struct err err = ERR_INIT;

    if (place.db)
        return &place;
    log_set_level(LOG_ERROR);
    must(db_open(&place.db, ":memory:", DB_WRITE, &err) == 0);
    world_make(place.db);
    must(web_open(web, &err) == 0);
    must(meta_read(place.db, &web->meta, &err) == 0);
    web->schema = world_schema();
    web->metrics = metrics_map(1);
    web->metrics_count = 1;
    web->roster = roster_map(1);
    web->view_list = view_list_map(1);
    must(web->metrics && web->roster && web->view_list);
    web->login_limits.per_account = 10;
    web->login_limits.per_address = 100;
    web->login_limits.window_s = 300;
    web->code_limits.failures = 10;
    web->code_limits.wait_s = 300;
    web->password_iterations = 1000;
    web->export_bytes = 1 << 20;
    web->export_users = place.export_users;
    snprintf(web->export_folder, sizeof(web->export_folder), "/tmp");
    web->session_limits = (struct session_limits){3600, 3600, 3600};
    web->confirm_window_s = 600;
    web->order_cache = order_cache_new(1 << 20, 0);
    must(web_set_names(web, "", "", "127.0.0.1", 8000, &err) == 0);
    return &place;
}

static void set_method(struct request *request, const char *name)
{
    request->method = HTTP_OTHER;
    for (int i = HTTP_GET; i < HTTP_OTHER; i++) {
        if (!strcmp(name, http_method_name((enum http_method)i)))
            request->method = (enum http_method)i;
    }
}

/* As the protocol layer gives it: decoded, and text. */
static bool set_target(struct request *request, const char *target)
{
    size_t len = strcspn(target, "?");
    struct err err = ERR_INIT;

    if (*target != '/' || !utf8_is_valid(target, len) ||
        text_has_control(target, len))
        return false;
    must(request_set_path(request, target, len, &err) == 0);
    if (!target[len])
        return true;
    return params_parse(&request->args, target + len + 1,
                        strlen(target + len + 1), &err) == 0;
}

static void set_header(struct request *request, const char *line)
{
    static const char *const names[HEADER_COUNT] = {
        [HEADER_HOST] = "Host: ",
        [HEADER_COOKIE] = "Cookie: ",
        [HEADER_AUTHORIZATION] = "Authorization: ",
        [HEADER_ORIGIN] = "Origin: ",
        [HEADER_PREFLIGHT] = "Access-Control-Request-Method: ",
        [HEADER_CSRF] = "X-CSRFToken: ",
        [HEADER_CONTENT_TYPE] = "Content-Type: ",
        [HEADER_ACCEPT] = "Accept: ",
        [HEADER_ACCEPT_ENCODING] = "Accept-Encoding: ",
        [HEADER_IF_MATCH] = "If-Match: ",
        [HEADER_IF_NONE_MATCH] = "If-None-Match: ",
        [HEADER_USER_AGENT] = "User-Agent: ",
        [HEADER_CONTENT_ENCODING] = "Content-Encoding: ",
    };
    struct err err = ERR_INIT;

    for (size_t i = 0; i < HEADER_COUNT; i++) {
        size_t len = strlen(names[i]);

        if (!strncmp(line, names[i], len))
            must(request_set_header(request, (enum request_header)i, line + len,
                                    strlen(line + len), &err) == 0);
    }
}

static bool read_request(struct request *request, const uint8_t *data,
                         size_t size)
{
    char *method = target_line(&data, &size);
    char *target = target_line(&data, &size);
    char *line = target_line(&data, &size);
    bool is_sound = target && set_target(request, target);

    if (method)
        set_method(request, method);
    while (line && *line) {
        set_header(request, line);
        free(line);
        line = target_line(&data, &size);
    }
    free(line);
    free(method);
    free(target);
    snprintf(request->address, sizeof(request->address), "127.0.0.1");
    buf_put(&request->body, data, size);
    return is_sound && !request->body.failed;
}

static void check_json(const char *text, size_t len)
{
    cJSON *value = cJSON_ParseWithLength(text, len);

    must(utf8_is_valid(text, len));
    must(value != NULL);
    cJSON_Delete(value);
}

/* An answer that is what it says, and never that something broke inside. */
static void check_response(const struct response *response)
{
    static const char *const kinds[] = {"application/json",
                                        "application/problem+json"};

    must(response->status >= 200 && response->status < 600);
    must(response->status != 500);
    must(!response->body.failed && !response->headers.failed);
    must(!memchr(buf_text(&response->headers), '\n', response->headers.len));
    for (size_t i = 0; i < 2 && response->type; i++) {
        if (!strcmp(response->type, kinds[i]) && !response->asset &&
            !response->rest && response->file < 0)
            check_json(buf_text(&response->body), response->body.len);
    }
}

static int64_t count_changes(struct db *db)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    int64_t count;

    must(db_prepare(db, "SELECT total_changes()", &stmt, &err) == 0);
    must(db_step(stmt, &err) == 1);
    count = db_int(stmt, 0);
    db_done(&stmt);
    return count;
}

static int run_once(struct place *place, struct call *call, struct err *err)
{
    struct db *db = call->route->run == RUN_LOOP ? NULL : place->db;
    int rc = web_run(call, db, err);

    if (rc < 0 && call_move_long(call)) {
        err_clear(err);
        rc = web_run(call, db, err);
    }
    return rc;
}

static void run(struct place *place, struct call *call)
{
    struct err err = ERR_INIT;
    bool is_write;
    int64_t before;

    web_route(&place->web, call);
    is_write = call->route->run == RUN_WRITE || call->route->run == RUN_HASH;
    before = count_changes(place->db);
    if (lookup_is_needed(call) &&
        lookup_for_run(call, place->db, NULL, &err) < 0)
        must(err.code != ERR_INTERNAL);
    err_clear(&err);
    if ((call->route->prepare && web_prepare(call, place->db, &err) < 0) ||
        run_once(place, call, &err) < 0) {
        must(err.code != ERR_NONE);
        web_fail(call, &err);
    }
    db_budget(place->db, 0); /* as a reader does */
    must(is_write || count_changes(place->db) == before);
    check_response(call->response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct place *place = open_place();
    struct request request;
    struct response response;
    struct call call = {.request = &request, .response = &response};
    struct err err = ERR_INIT;

    request_init(&request);
    response_init(&response);
    if (read_request(&request, data, size)) {
        must(db_begin(place->db, &err) == 0);
        run(place, &call);
        db_abort(place->db);
    }
    call_release(&call);
    response_release(&response);
    request_release(&request);
    return 0;
}
