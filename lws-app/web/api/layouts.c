#include "base/json.h"
#include "model/accounts/scopes.h"
#include "model/desk/layout.h"
#include "web/api/handlers.h"
#include "web/api/version.h"
#include "web/http/problem.h"
#include "web/query/args.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define PATH "/api/me/layouts/"

static void put_facts(struct buf *out, const struct kept *kept)
{
    json_put_str(out, "name", kept->name);
    json_put_bool(out, "shared", kept->user == KEPT_SHARED);
    json_put_int(out, "version", kept->version);
    json_put_time(out, "created", kept->created_us);
    json_put_time(out, "updated", kept->updated_us);
}

static void put_layout(struct buf *out, const char *key, const void *what)
{
    const struct kept *kept = what;

    if (key)
        json_open_key(out, key);
    else
        json_open(out);
    put_facts(out, kept);
    json_put_raw(out, "layout", buf_text(&kept->body), kept->body.len);
    json_close(out);
}

struct list {
    struct buf *body;
    int64_t count;
};

static int put_row(void *arg, const struct kept *kept, struct err *err)
{
    struct list *list = arg;

    json_open(list->body);
    put_facts(list->body, kept);
    json_close(list->body);
    list->count++;
    return buf_check(list->body, err);
}

int layouts_list(struct call *call, struct err *err)
{
    struct list list = {.body = &call->response->body};

    response_begin(call->response, 200, "application/json");
    json_open(list.body);
    json_open_array(list.body, "results");
    if (layout_each(call->db, call->actor.user, put_row, &list, err) < 0)
        return -1;
    json_close_array(list.body);
    json_put_int(list.body, "count", list.count);
    json_close(list.body);
    return 0;
}

/* What stands between the path's beginning and its last slash; one that is too
 * long is the name of none, and refused where it is to be written. */
static void read_name(const struct call *call, char name[KEPT_NAME_MAX + 1])
{
    const char *from = call->request->path + sizeof(PATH) - 1;
    size_t len = strlen(from) - 1;

    if (len > KEPT_NAME_MAX)
        len = KEPT_NAME_MAX;
    memcpy(name, from, len);
    name[len] = '\0';
}

static int read_args(struct call *call, bool *is_shared, struct err *err)
{
    if (args_check(&call->request->args, "LayoutArguments", err) < 0)
        return -1;
    *is_shared = args_bool(&call->request->args, "shared") == 1;
    return 0;
}

static int answer_stale(struct call *call, const struct kept *kept,
                        struct err *err)
{
    if (kept->version) {
        version_answer_stale(call, kept->version, put_layout, kept, err);
        return 0;
    }
    problem_respond(call->response, err);
    err_clear(err);
    return 0;
}

static int show(struct call *call, const struct kept *kept, struct err *err)
{
    enum condition condition;

    if (version_read(call, kept->version, &condition, err) < 0)
        return -1;
    if (condition == CONDITION_FAILS) {
        kept_check_version("layout", kept->version, VERSION_OTHER, err);
        return answer_stale(call, kept, err);
    }
    if (condition == CONDITION_HOLDS) {
        response_begin(call->response, 200, "application/json");
        put_layout(&call->response->body, NULL, kept);
        version_put_etag(call, kept->version);
    }
    return 0;
}

int layout_read(struct call *call, struct err *err)
{
    char name[KEPT_NAME_MAX + 1];
    struct kept kept;
    bool is_shared = false;
    int rc = -1;

    kept_init(&kept);
    read_name(call, name);
    if (read_args(call, &is_shared, err) == 0 &&
        layout_get(call->db, is_shared ? KEPT_SHARED : call->actor.user, name,
                   &kept, err) == 0)
        rc = show(call, &kept, err);
    kept_release(&kept);
    return rc;
}

/* Whose it is to be: a token needs more for what is everybody's. */
static int choose_user(const struct call *call, bool is_shared, int64_t *user,
                       struct err *err)
{
    *user = is_shared ? KEPT_SHARED : call->actor.user;
    return is_shared ? scope_check(&call->actor, SCOPE_ADMIN, err) : 0;
}

static int read_body(struct call *call, const cJSON **layout, bool *is_shared,
                     struct err *err)
{
    const struct input *input;
    const cJSON *item;

    if (call_input(call, &input, err) < 0)
        return -1;
    if (!cJSON_IsObject(input->json))
        return err_set(err, ERR_MALFORMED, "send one JSON object");
    *layout = json_get(input->json, "layout");
    if (!*layout)
        err_field(err, "layout", "is required");
    *is_shared = false;
    cJSON_ArrayForEach(item, input->json)
    {
        if (!strcmp(item->string, "shared") && cJSON_IsBool(item))
            *is_shared = cJSON_IsTrue(item);
        else if (!strcmp(item->string, "shared"))
            err_field(err, "shared", "must be true or false");
        else if (strcmp(item->string, "layout") != 0)
            err_field(err, item->string, "unknown field");
    }
    return err->code ? -1 : 0;
}

static int read_version(struct call *call, int64_t user, const char *name,
                        int64_t *version, struct err *err)
{
    int64_t now;

    if (layout_version(call->db, user, name, &now, err) < 0)
        return -1;
    return version_wanted(call, now, version, err);
}

static void answer_written(struct call *call, const struct kept *kept,
                           bool is_new)
{
    struct buf path;

    response_begin(call->response, is_new ? 201 : 200, "application/json");
    put_layout(&call->response->body, NULL, kept);
    version_put_etag(call, kept->version);
    if (!is_new)
        return;
    buf_init(&path, 2048);
    buf_put_text(&path, call->web->base);
    params_encode_path(&path, call->request->path);
    response_header(call->response, "location", buf_text(&path));
    buf_release(&path);
}

int layout_write(struct call *call, struct err *err)
{
    char name[KEPT_NAME_MAX + 1];
    const cJSON *layout = NULL;
    struct kept kept;
    int64_t version;
    int64_t user;
    bool is_shared = false;
    bool is_new;
    int rc = -1;

    kept_init(&kept);
    read_name(call, name);
    if (read_body(call, &layout, &is_shared, err) < 0 ||
        choose_user(call, is_shared, &user, err) < 0 ||
        read_version(call, user, name, &version, err) < 0)
        goto out;
    rc = layout_put(call->db, &call->actor, user, name, layout, version, &kept,
                    &is_new, err);
    if (rc == 0)
        answer_written(call, &kept, is_new);
    else if (err->code == ERR_STALE)
        rc = answer_stale(call, &kept, err);
out:
    kept_release(&kept);
    return rc;
}

int layout_delete(struct call *call, struct err *err)
{
    char name[KEPT_NAME_MAX + 1];
    struct kept kept;
    int64_t version;
    int64_t user;
    bool is_shared = false;
    int rc = -1;

    kept_init(&kept);
    read_name(call, name);
    if (read_args(call, &is_shared, err) < 0 ||
        choose_user(call, is_shared, &user, err) < 0 ||
        read_version(call, user, name, &version, err) < 0)
        goto out;
    rc = layout_remove(call->db, &call->actor, user, name, version, &kept, err);
    if (rc == 0)
        response_begin(call->response, 204, NULL);
    else if (err->code == ERR_STALE)
        rc = answer_stale(call, &kept, err);
out:
    kept_release(&kept);
    return rc;
}
