#include "base/mem.h"
#include "model/desk/layout.h"
#include "model/desk/settings.h"
#include "support/world.h"

#include <string.h>

#include "base/banned.h"

static cJSON *parsed(const char *text)
{
    struct err err = ERR_INIT;
    cJSON *value = NULL;

    if (json_parse(text, strlen(text), &value, &err) < 0)
        fail_msg("%s", err.text);
    return value;
}

/* The version that was written. */
static int64_t put(struct world *w, const struct actor *actor, int64_t user,
                   const char *name, const char *text)
{
    cJSON *layout = parsed(text);
    struct err err = ERR_INIT;
    struct kept kept;
    int64_t version;
    bool is_new;

    kept_init(&kept);
    if (layout_put(w->db, actor, user, name, layout, 0, &kept, &is_new, &err) <
        0)
        fail_msg("%s", err.field_count ? err.fields[0].text : err.text);
    version = kept.version;
    kept_release(&kept);
    cJSON_Delete(layout);
    return version;
}

static void assert_layout(struct world *w, int64_t user, const char *name,
                          const char *want)
{
    struct err err = ERR_INIT;
    struct kept kept;

    kept_init(&kept);
    if (want) {
        assert_int_equal(layout_get(w->db, user, name, &kept, &err), 0);
        assert_string_equal(buf_text(&kept.body), want);
    } else {
        assert_int_equal(layout_get(w->db, user, name, &kept, &err), -1);
        assert_int_equal(err.code, ERR_MISSING);
    }
    kept_release(&kept);
}

static void remove_one(struct world *w, const struct actor *actor, int64_t user,
                       const char *name)
{
    struct err err = ERR_INIT;
    struct kept kept;

    kept_init(&kept);
    assert_int_equal(layout_remove(w->db, actor, user, name, 0, &kept, &err),
                     0);
    kept_release(&kept);
}

static void ones_own_comes_before_what_is_shared(void **state)
{
    struct world *w = *state;

    put(w, &w->sue, KEPT_SHARED, "desk", "{\"search\":\"all\"}");
    assert_layout(w, w->ann.user, "desk", "{\"search\":\"all\"}");
    put(w, &w->ann, w->ann.user, "desk", "{\"search\":\"mine\"}");
    assert_layout(w, w->ann.user, "desk", "{\"search\":\"mine\"}");
    assert_layout(w, w->bob.user, "desk", "{\"search\":\"all\"}");
    remove_one(w, &w->sue, KEPT_SHARED, "desk");
    assert_layout(w, w->bob.user, "desk", NULL);
    assert_layout(w, w->ann.user, "desk", "{\"search\":\"mine\"}");
    /* One's own are nobody's affair. */
    assert_int_equal(world_int(w, "SELECT count(*) FROM audit"), 2);
}

/* Within one transaction the time stands still. */
static void a_version_is_greater_than_the_one_before(void **state)
{
    struct world *w = *state;
    int64_t first = put(w, &w->ann, w->ann.user, "a", "{}");
    int64_t second = put(w, &w->ann, w->ann.user, "a", "{}");

    assert_true(second > first);
    assert_true(put(w, &w->ann, w->ann.user, "a", "{}") > second);
    assert_int_equal(world_int(w, "SELECT count(*) FROM kept"), 1);
}

static void a_trader_shares_nothing(void **state)
{
    struct world *w = *state;
    cJSON *layout = parsed("{}");
    struct err err = ERR_INIT;
    struct kept kept;
    bool is_new;

    kept_init(&kept);
    assert_int_equal(layout_put(w->db, &w->ann, KEPT_SHARED, "a", layout, 0,
                                &kept, &is_new, &err),
                     -1);
    assert_int_equal(err.code, ERR_FORBIDDEN);
    err_clear(&err);
    assert_int_equal(
        layout_remove(w->db, &w->ann, KEPT_SHARED, "a", 0, &kept, &err), -1);
    assert_int_equal(err.code, ERR_FORBIDDEN);
    kept_release(&kept);
    cJSON_Delete(layout);
}

static int put_settings(struct world *w, const char *text, bool is_merge,
                        const char *want, struct err *err)
{
    cJSON *settings = parsed(text);
    struct kept kept;
    int rc;

    kept_init(&kept);
    rc = settings_put(w->db, &w->ann, settings, is_merge, 0, &kept, err);
    if (rc == 0 && want)
        assert_string_equal(buf_text(&kept.body), want);
    kept_release(&kept);
    cJSON_Delete(settings);
    return rc;
}

/* RFC 7396, appendix A, of what may be kept. */
static void settings_are_merged_as_the_rfc_says(void **state)
{
    static const struct {
        const char *before;
        const char *patch;
        const char *after;
    } cases[] = {
        {"{}", "{}", "{}"},
        {"{}", "{\"theme\":\"dark\"}", "{\"theme\":\"dark\"}"},
        {"{\"theme\":\"dark\"}", "{\"theme\":null}", "{}"},
        {"{}", "{\"theme\":null}", "{}"},
        {"{\"page\":{\"a\":1}}", "{\"page\":{\"a\":{\"b\":null}}}",
         "{\"page\":{\"a\":{}}}"},
        {"{\"page\":{\"a\":{\"b\":1,\"c\":2}}}",
         "{\"page\":{\"a\":{\"b\":null,\"d\":3}}}",
         "{\"page\":{\"a\":{\"c\":2,\"d\":3}}}"},
        {"{\"page\":{\"a\":[1,2]}}", "{\"page\":{\"a\":[3,null]}}",
         "{\"page\":{\"a\":[3,null]}}"},
    };
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = ERR_INIT;

        assert_int_equal(
            put_settings(w, cases[i].before, false, cases[i].before, &err), 0);
        assert_int_equal(
            put_settings(w, cases[i].patch, true, cases[i].after, &err), 0);
    }
    assert_int_equal(world_int(w, "SELECT count(*) FROM kept"), 1);
}

static int try_layout(struct world *w, struct err *err)
{
    cJSON *layout = cJSON_CreateObject();
    struct kept kept;
    bool is_new;
    int rc;

    if (!layout)
        return err_set(err, ERR_NOMEM, "no memory for the test");
    kept_init(&kept);
    rc = layout_put(w->db, &w->sue, KEPT_SHARED, "b", layout, 0, &kept, &is_new,
                    err);
    kept_release(&kept);
    cJSON_Delete(layout);
    return rc;
}

static int try_merge(struct world *w, struct err *err)
{
    static const char text[] =
        "{\"page\":{\"b\":{\"c\":[1]}},\"watch\":[\"A\"]}";
    cJSON *settings = NULL;
    struct kept kept;
    int rc;

    if (json_parse(text, sizeof(text) - 1, &settings, err) < 0)
        return -1;
    kept_init(&kept);
    rc = settings_put(w->db, &w->ann, settings, true, 0, &kept, err);
    kept_release(&kept);
    cJSON_Delete(settings);
    return rc;
}

static void memory_that_is_refused_is_told(void **state)
{
    static int (*const tries[])(struct world * w,
                                struct err * err) = {try_layout, try_merge};
    struct world *w = *state;
    struct err none = ERR_INIT;
    struct buf outbox;

    assert_int_equal(
        put_settings(w, "{\"page\":{\"a\":1}}", false, NULL, &none), 0);
    buf_init(&outbox, 1000);
    world_commit(w, &outbox);
    buf_release(&outbox);
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        int rc = -1;

        for (unsigned n = 1; rc < 0; n++) {
            struct db_savepoint point = DB_SAVEPOINT_NONE;
            struct err err = ERR_INIT;

            assert_int_equal(db_savepoint(w->db, &point, &err), 0);
            mem_fail_after(n);
            rc = tries[i](w, &err);
            mem_fail_after(0);
            if (rc < 0)
                assert_int_equal(err.code, ERR_NOMEM);
            db_rollback(&point);
        }
        assert_int_equal(world_int(w, "SELECT count(*) FROM kept"), 1);
        assert_int_equal(world_int(w, "SELECT count(*) FROM audit"), 0);
    }
}

SUITE(kept)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(ones_own_comes_before_what_is_shared),
        WORLD_TEST(a_version_is_greater_than_the_one_before),
        WORLD_TEST(a_trader_shares_nothing),
        WORLD_TEST(settings_are_merged_as_the_rfc_says),
        WORLD_TEST(memory_that_is_refused_is_told),
    };

    return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
