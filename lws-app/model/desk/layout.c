#include "model/desk/layout.h"
#include "base/text.h"
#include "model/accounts/audit.h"
#include "model/desk/rule.h"

#include <string.h>

#include "base/banned.h"

#define KIND "layout"
#define AUDIT_CREATE "layout.create"
#define AUDIT_CHANGE "layout.change"
#define AUDIT_REMOVE "layout.remove"
#define COLUMN_NAME .type = RULE_TEXT, .least = 1, .most = 64

static const char *const ways[] = {"asc", "desc", NULL};

static const struct rule column_rules[] = {
    {"name", COLUMN_NAME, .is_required = true},
    {"width", .type = RULE_INT, .least = 16, .most = 4000, .may_be_null = true},
    {"visible", .type = RULE_BOOL},
    {.name = NULL},
};
static const struct rule column_rule = {.type = RULE_OBJECT,
                                        .of = column_rules};
static const struct rule order_rules[] = {
    {"column", COLUMN_NAME, .is_required = true},
    {"dir", .type = RULE_CHOICE, .choices = ways, .is_required = true},
    {.name = NULL},
};
static const struct rule order_rule = {.type = RULE_OBJECT, .of = order_rules};
/* Of the list, as text: status__in=new,filled; created=today is resolved where
 * it is shown. */
static const struct rule filter_rule = {.type = RULE_TEXT, .most = 1024};
static const struct rule layout_rules[] = {
    {"columns", .type = RULE_LIST, .most = 64, .of = &column_rule},
    {"order", .type = RULE_LIST, .most = 8, .of = &order_rule},
    {"filters", .type = RULE_MAP, .most = 64, .of = &filter_rule},
    {"search", .type = RULE_TEXT, .most = 255},
    {"page_length", .type = RULE_INT, .least = 1, .most = 1000},
    {"page", .type = RULE_ANY},
    {.name = NULL},
};
static const struct rule layout_rule = {.type = RULE_OBJECT,
                                        .of = layout_rules};

static int check_name(const char *name, struct err *err)
{
    size_t len = strlen(name);

    if (!utf8_is_valid(name, len) || text_has_control(name, len) ||
        text_has_hidden(name, len))
        return err_field(err, "name",
                         "must be text without control characters");
    if (text_is_blank(name, len))
        return err_field(err, "name", "must not be blank");
    if (utf8_count(name, len) > KEPT_NAME_CHARS)
        return err_field(err, "name", "must be at most %d characters",
                         KEPT_NAME_CHARS);
    if (strchr(name, '/'))
        return err_field(err, "name", "must not contain /");
    return 0;
}

/* A name that can't be is that of none. */
static int find(struct db *db, int64_t user, const char *name,
                struct kept *kept, struct err *err)
{
    return strlen(name) < KEPT_NAME_MAX
               ? kept_get(db, user, KIND, name, kept, err)
               : 0;
}

static int missing(const char *name, struct err *err)
{
    return err_set(err, ERR_MISSING, "there is no layout %s", name);
}

int layout_get(struct db *db, int64_t user, const char *name, struct kept *kept,
               struct err *err)
{
    int rc = find(db, user, name, kept, err);

    if (rc == 0 && user != KEPT_SHARED)
        rc = find(db, KEPT_SHARED, name, kept, err);
    if (rc == 0)
        return missing(name, err);
    return rc < 0 ? -1 : 0;
}

int layout_version(struct db *db, int64_t user, const char *name,
                   int64_t *version, struct err *err)
{
    struct kept kept;
    int rc;

    kept_init(&kept);
    rc = find(db, user, name, &kept, err);
    *version = rc == 1 ? kept.version : 0;
    kept_release(&kept);
    return rc < 0 ? -1 : 0;
}

int layout_each(struct db *db, int64_t user, kept_fn *fn, void *arg,
                struct err *err)
{
    return kept_each(db, user, KIND, fn, arg, err);
}

static int check_right(const struct actor *actor, int64_t user, struct err *err)
{
    if (user != KEPT_SHARED || actor->is_staff || actor->is_superuser)
        return 0;
    return err_set(err, ERR_FORBIDDEN, "only staff may change what is shared");
}

static int check_room(struct db *db, int64_t user, struct err *err)
{
    int64_t count = 0;

    if (kept_count(db, user, KIND, &count, err) < 0)
        return -1;
    if (count < LAYOUTS_MAX)
        return 0;
    return err_set(err, ERR_CONFLICT,
                   "there are %d layouts already: remove some first",
                   LAYOUTS_MAX);
}

/* What is everybody's is told of. */
static int note(struct db *db, const struct actor *actor, const char *action,
                const struct kept *kept, struct err *err)
{
    bool was = strcmp(action, AUDIT_CREATE) != 0;
    bool is = strcmp(action, AUDIT_REMOVE) != 0;
    struct buf detail;
    int rc;

    if (kept->user != KEPT_SHARED)
        return 0;
    buf_init(&detail, AUDIT_DETAIL_MAX);
    json_open(&detail);
    audit_put_text(&detail, "name", was ? kept->name : NULL,
                   is ? kept->name : NULL);
    json_close(&detail);
    rc = audit_append(db, actor, action, 0, &detail, err);
    buf_release(&detail);
    return rc;
}

static int write_body(struct kept *kept, const cJSON *layout, struct err *err)
{
    buf_clear(&kept->body);
    json_put_value(&kept->body, NULL, layout);
    if (kept->body.too_large)
        return err_field(err, "layout", "must be at most %d bytes",
                         KEPT_BODY_MAX);
    return buf_check(&kept->body, err);
}

int layout_put(struct db *db, const struct actor *actor, int64_t user,
               const char *name, const cJSON *layout, int64_t wanted,
               struct kept *kept, bool *is_new, struct err *err)
{
    int rc;

    if (check_right(actor, user, err) < 0)
        return -1;
    check_name(name, err);
    rule_check(&layout_rule, layout, "layout", err);
    if (err->code)
        return -1;
    rc = find(db, user, name, kept, err);
    if (rc < 0 ||
        kept_check_version("layout", kept->version, wanted, err) < 0 ||
        (rc == 0 && check_room(db, user, err) < 0))
        return -1;
    *is_new = rc == 0;
    kept->user = user;
    memcpy(kept->name, name, strlen(name) + 1);
    if (write_body(kept, layout, err) < 0 ||
        kept_put(db, KIND, kept, kept->version, err) < 0)
        return -1;
    return note(db, actor, *is_new ? AUDIT_CREATE : AUDIT_CHANGE, kept, err);
}

int layout_remove(struct db *db, const struct actor *actor, int64_t user,
                  const char *name, int64_t wanted, struct kept *kept,
                  struct err *err)
{
    int rc;

    if (check_right(actor, user, err) < 0)
        return -1;
    rc = find(db, user, name, kept, err);
    if (rc == 0)
        return missing(name, err);
    if (rc < 0 ||
        kept_check_version("layout", kept->version, wanted, err) < 0 ||
        kept_remove(db, user, KIND, name, err) < 0)
        return -1;
    return note(db, actor, AUDIT_REMOVE, kept, err);
}
