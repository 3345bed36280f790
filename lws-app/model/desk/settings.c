#include "model/desk/settings.h"
#include "model/desk/rule.h"

#include <string.h>

#include "base/banned.h"

#define KIND "settings"
#define NAME ""

static const char *const themes[] = {"system", "light", "dark", NULL};
static const char *const densities[] = {"compact", "normal", "roomy", NULL};
static const char *const clocks[] = {"browser", "24h", "12h", NULL};
static const char *const sides[] = {"buy", "sell", NULL};

static const struct rule symbol_rule = {
    .type = RULE_TEXT, .least = 1, .most = 255};
static const struct rule instrument_rules[] = {
    {"side", .type = RULE_CHOICE, .choices = sides, .may_be_null = true},
    {"quantity", .type = RULE_AMOUNT, .may_be_null = true},
    {.name = NULL},
};
static const struct rule instrument_rule = {.type = RULE_OBJECT,
                                            .of = instrument_rules};
static const struct rule ticket_rules[] = {
    {"side", .type = RULE_CHOICE, .choices = sides, .may_be_null = true},
    {"quantity", .type = RULE_AMOUNT, .may_be_null = true},
    {"instruments", .type = RULE_MAP, .most = 500, .of = &instrument_rule},
    {.name = NULL},
};
static const struct rule settings_rules[] = {
    {"theme", .type = RULE_CHOICE, .choices = themes},
    {"density", .type = RULE_CHOICE, .choices = densities},
    {"locale", .type = RULE_TEXT, .most = 35},
    {"zone", .type = RULE_ZONE},
    {"clock", .type = RULE_CHOICE, .choices = clocks},
    {"milliseconds", .type = RULE_BOOL},
    {"layout", .type = RULE_TEXT, .most = KEPT_NAME_CHARS},
    {"watch", .type = RULE_LIST, .most = 1000, .of = &symbol_rule},
    {"ticket", .type = RULE_OBJECT, .of = ticket_rules},
    {"page", .type = RULE_ANY},
    {.name = NULL},
};
static const struct rule settings_rule = {.type = RULE_OBJECT,
                                          .of = settings_rules};

int settings_get(struct db *db, int64_t user, struct kept *kept,
                 struct err *err)
{
    int rc = kept_get(db, user, KIND, NAME, kept, err);

    kept->user = user;
    if (rc == 0) {
        kept->version = SETTINGS_NONE;
        buf_put_text(&kept->body, "{}");
        rc = buf_check(&kept->body, err);
    }
    return rc < 0 ? -1 : 0;
}

/* RFC 7396, section 2. -1: no memory. */
static int merge(cJSON *into, const cJSON *patch)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, patch)
    {
        cJSON *there = cJSON_GetObjectItemCaseSensitive(into, item->string);
        cJSON *value = NULL;

        if (cJSON_IsObject(item) && cJSON_IsObject(there)) {
            if (merge(there, item) < 0)
                return -1;
            continue;
        }
        cJSON_DeleteItemFromObjectCaseSensitive(into, item->string);
        if (cJSON_IsNull(item))
            continue;
        value = cJSON_IsObject(item) ? cJSON_CreateObject()
                                     : cJSON_Duplicate(item, true);
        if (!value || !cJSON_AddItemToObject(into, item->string, value)) {
            cJSON_Delete(value);
            return -1;
        }
        if (cJSON_IsObject(item) && merge(value, item) < 0)
            return -1;
    }
    return 0;
}

/* *merged: the caller's. */
static int merge_kept(const struct kept *kept, const cJSON *patch,
                      cJSON **merged, struct err *err)
{
    if (!cJSON_IsObject(patch))
        return err_field(err, "body", "must be an object");
    if (json_parse(buf_text(&kept->body), kept->body.len, merged, err) < 0)
        return -1;
    return merge(*merged, patch) < 0
               ? err_set(err, ERR_NOMEM, "no memory for settings")
               : 0;
}

static int write_body(struct kept *kept, const cJSON *settings, struct err *err)
{
    rule_check(&settings_rule, settings, "", err);
    if (err->code)
        return -1;
    buf_clear(&kept->body);
    json_put_value(&kept->body, NULL, settings);
    if (kept->body.too_large)
        return err_field(err, "body", "must be at most %d bytes",
                         KEPT_BODY_MAX);
    return buf_check(&kept->body, err);
}

static int64_t now_of(const struct kept *kept)
{
    return kept->version == SETTINGS_NONE ? 0 : kept->version;
}

int settings_put(struct db *db, const struct actor *actor,
                 const cJSON *settings, bool is_merge, int64_t wanted,
                 struct kept *kept, struct err *err)
{
    cJSON *merged = NULL;
    int rc = -1;

    if (settings_get(db, actor->user, kept, err) < 0 ||
        kept_check_version(KIND, kept->version, wanted, err) < 0)
        return -1;
    if ((!is_merge || merge_kept(kept, settings, &merged, err) == 0) &&
        write_body(kept, is_merge ? merged : settings, err) == 0)
        rc = kept_put(db, KIND, kept, now_of(kept), err);
    cJSON_Delete(merged);
    return rc;
}

int settings_remove(struct db *db, const struct actor *actor, int64_t wanted,
                    struct kept *kept, struct err *err)
{
    if (settings_get(db, actor->user, kept, err) < 0 ||
        kept_check_version(KIND, kept->version, wanted, err) < 0)
        return -1;
    return kept_remove(db, actor->user, KIND, NAME, err);
}
