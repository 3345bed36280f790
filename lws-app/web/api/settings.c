#include "model/desk/settings.h"
#include "base/json.h"
#include "web/api/handlers.h"
#include "web/api/version.h"

#include "base/banned.h"

static void put_settings(struct buf *out, const char *key, const void *what)
{
    const struct kept *kept = what;

    if (key)
        json_open_key(out, key);
    else
        json_open(out);
    json_put_int(out, "version", kept->version);
    if (kept->version == SETTINGS_NONE)
        json_put_null(out, "updated");
    else
        json_put_time(out, "updated", kept->updated_us);
    json_put_raw(out, "settings", buf_text(&kept->body), kept->body.len);
    json_close(out);
}

static void answer(struct call *call, const struct kept *kept)
{
    response_begin(call->response, 200, "application/json");
    put_settings(&call->response->body, NULL, kept);
    version_put_etag(call, kept->version);
}

static int answer_stale(struct call *call, const struct kept *kept,
                        struct err *err)
{
    version_answer_stale(call, kept->version, put_settings, kept, err);
    return 0;
}

int settings_read(struct call *call, struct err *err)
{
    enum condition condition;
    struct kept kept;
    int rc = -1;

    kept_init(&kept);
    if (settings_get(call->db, call->actor.user, &kept, err) < 0 ||
        version_read(call, kept.version, &condition, err) < 0)
        goto out;
    rc = 0;
    if (condition == CONDITION_FAILS) {
        kept_check_version("settings", kept.version, VERSION_OTHER, err);
        rc = answer_stale(call, &kept, err);
    } else if (condition == CONDITION_HOLDS) {
        answer(call, &kept);
    }
out:
    kept_release(&kept);
    return rc;
}

static int read_version(struct call *call, int64_t *version, struct err *err)
{
    struct kept kept;
    int rc = -1;

    kept_init(&kept);
    if (settings_get(call->db, call->actor.user, &kept, err) == 0)
        rc = version_wanted(call, kept.version, version, err);
    kept_release(&kept);
    return rc;
}

static int write_settings(struct call *call, bool is_merge, struct err *err)
{
    const struct input *input;
    struct kept kept;
    int64_t version;
    int rc = -1;

    kept_init(&kept);
    if (call_input(call, &input, err) < 0 ||
        read_version(call, &version, err) < 0)
        goto out;
    if (!cJSON_IsObject(input->json)) {
        err_set(err, ERR_MALFORMED, "send one JSON object");
        goto out;
    }
    rc = settings_put(call->db, &call->actor, input->json, is_merge, version,
                      &kept, err);
    if (rc == 0)
        answer(call, &kept);
    else if (err->code == ERR_STALE)
        rc = answer_stale(call, &kept, err);
out:
    kept_release(&kept);
    return rc;
}

int settings_replace(struct call *call, struct err *err)
{
    return write_settings(call, false, err);
}

int settings_merge(struct call *call, struct err *err)
{
    return write_settings(call, true, err);
}

int settings_delete(struct call *call, struct err *err)
{
    struct kept kept;
    int64_t version;
    int rc;

    if (read_version(call, &version, err) < 0)
        return -1;
    kept_init(&kept);
    rc = settings_remove(call->db, &call->actor, version, &kept, err);
    if (rc == 0)
        response_begin(call->response, 204, NULL);
    else if (err->code == ERR_STALE)
        rc = answer_stale(call, &kept, err);
    kept_release(&kept);
    return rc;
}
