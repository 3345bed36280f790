#include "base/json.h"
#include "web/api/handlers.h"
#include "web/api/instrument_input.h"
#include "web/api/version.h"

#include <stdio.h>

#include "base/banned.h"

static void put_instrument(struct buf *out, const char *key, const void *what)
{
    instrument_put_json(out, key, what);
}

static void answer_one(struct call *call, int status,
                       const struct instrument *instrument)
{
    response_begin(call->response, status, "application/json");
    instrument_put_json(&call->response->body, NULL, instrument);
    version_put_etag(call, instrument->version);
}

static int create_one(struct call *call, const cJSON *item,
                      const struct params *form, struct instrument *instrument,
                      struct err *err)
{
    struct instrument_draft draft = {.has = 0};

    if (item && !cJSON_IsObject(item))
        return err_field(err, "instrument", "must be a JSON object");
    if (item)
        instrument_input_json(item, true, &draft, err);
    else
        instrument_input_form(form, true, &draft, err);
    return instrument_create(call->db, &call->actor, &draft, instrument, err);
}

static void add_faults(struct err *err, struct err *one, int index)
{
    char prefix[16];

    snprintf(prefix, sizeof(prefix), "%d.", index);
    err_prefix_fields(one, 0, prefix);
    for (size_t i = 0; i < one->field_count; i++)
        err_field(err, one->fields[i].name, "%s", one->fields[i].text);
}

/* All or none: a fault in any of them makes the writer take back the rest. */
static int create_array(struct call *call, const cJSON *array, struct err *err)
{
    struct buf *body = &call->response->body;
    int count = cJSON_GetArraySize(array);
    struct instrument instrument;
    const cJSON *item;
    int index = 0;

    if (count == 0 || count > INSTRUMENTS_AT_ONCE_MAX)
        return err_set(err, ERR_MALFORMED, "send 1 to %d instruments",
                       INSTRUMENTS_AT_ONCE_MAX);
    response_begin(call->response, 201, "application/json");
    json_open_array(body, NULL);
    cJSON_ArrayForEach(item, array)
    {
        struct err one = ERR_INIT;

        if (create_one(call, item, NULL, &instrument, &one) == 0) {
            instrument_put_json(body, NULL, &instrument);
        } else if (one.code == ERR_INVALID) {
            add_faults(err, &one, index);
        } else {
            *err = one;
            return -1;
        }
        index++;
    }
    json_close_array(body);
    return err->code ? -1 : 0;
}

int instruments_create(struct call *call, struct err *err)
{
    const struct input *input;
    struct instrument instrument;
    char path[WEB_BASE_MAX + 64];

    if (call_input(call, &input, err) < 0)
        return -1;
    if (cJSON_IsArray(input->json))
        return create_array(call, input->json, err);
    if (create_one(call, input->json, &input->form, &instrument, err) < 0)
        return -1;
    answer_one(call, 201, &instrument);
    snprintf(path, sizeof(path), "%s/api/instruments/%lld/", call->web->base,
             (long long)instrument.id);
    response_header(call->response, "location", path);
    return 0;
}

static int answer_stale(struct call *call, const struct instrument *instrument,
                        struct err *err)
{
    version_answer_stale(call, instrument->version, put_instrument, instrument,
                         err);
    return 0;
}

int instrument_read(struct call *call, struct err *err)
{
    struct instrument instrument;
    enum condition condition;

    if (instrument_get(call->db, call->id, &instrument, err) < 0 ||
        version_read(call, instrument.version, &condition, err) < 0)
        return -1;
    if (condition == CONDITION_FAILS) {
        err_set(err, ERR_STALE, "instrument %lld is now at version %lld",
                (long long)instrument.id, (long long)instrument.version);
        return answer_stale(call, &instrument, err);
    }
    if (condition == CONDITION_HOLDS)
        answer_one(call, 200, &instrument);
    return 0;
}

/* The version that the request is meant for, of one that there is. */
static int read_version(struct call *call, int64_t *version, struct err *err)
{
    struct instrument now;

    if (instrument_get(call->db, call->id, &now, err) < 0)
        return -1;
    return version_wanted(call, now.version, version, err);
}

int instrument_update(struct call *call, struct err *err)
{
    struct instrument_draft draft = {.has = 0};
    struct instrument instrument;
    const struct input *input;
    int64_t version;
    int rc;

    if (call_input(call, &input, err) < 0 ||
        read_version(call, &version, err) < 0)
        return -1;
    rc = input->json ? instrument_input_json(input->json, false, &draft, err)
                     : instrument_input_form(&input->form, false, &draft, err);
    if (rc < 0)
        return -1;
    rc = instrument_change(call->db, &call->actor, call->id, &draft, version,
                           &instrument, err);
    if (rc == 0)
        answer_one(call, 200, &instrument);
    else if (err->code == ERR_STALE)
        rc = answer_stale(call, &instrument, err);
    return rc;
}

int instrument_delete(struct call *call, struct err *err)
{
    struct instrument instrument;
    int64_t version;
    int rc;

    if (read_version(call, &version, err) < 0)
        return -1;
    rc = instrument_remove(call->db, &call->actor, call->id, version,
                           &instrument, err);
    if (rc == 0)
        response_begin(call->response, 204, NULL);
    else if (err->code == ERR_STALE)
        rc = answer_stale(call, &instrument, err);
    return rc;
}
