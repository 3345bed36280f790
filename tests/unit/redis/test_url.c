#include "redis/world.h"
#include "store/redis/redis_url.h"

#include <string.h>

#include "base/banned.h"

#define LONG_PATH                                                              \
    "/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789"       \
    "/0123456789/0123456789/0123456789/0123456789"

static void a_bad_url_is_refused_by_name(void **state)
{
    static const char *const bad[] = {
        "",
        "redis",
        "redis:",
        "redis://",
        "redis:///",
        "redis://:6379",
        "redis://127.0.0.1:",
        "redis://127.0.0.1:0",
        "redis://127.0.0.1:65536",
        "redis://127.0.0.1:123456",
        "redis://127.0.0.1:63x9",
        "redis://127.0.0.1:-1",
        "redis://127.0.0.1:6379/1",
        "redis://127.0.0.1:6379/00",
        "redis://127.0.0.1:6379/0/",
        "redis://127.0.0.1:6379//",
        "redis://127.0.0.1:6379/x",
        "redis://127.0.0.1?db=1",
        "redis://127.0.0.1/0?db=0",
        "redis://127.0.0.1/0#x",
        "redis://default@127.0.0.1",
        "redis://secret@127.0.0.1",
        "redis://user:%00@127.0.0.1",
        "redis://127.0.0.1?ssl_ca_certs=/dev/null",
        "rediss://127.0.0.1?ssl_ca_certs=/nowhere/secret.pem",
        "rediss://127.0.0.1?ssl_ca_certs=secret.pem",
        "rediss://127.0.0.1?ssl_ca_certs=/dev/null&db=0",
        "rediss://127.0.0.1/1?ssl_ca_certs=/dev/null",
        "rediss://127.0.0.1?ssl_cert_reqs=none",
        "redis://:%00@127.0.0.1",
        "redis://::1",
        "redis://[::1",
        "redis://[]",
        "redis://[::1]6379",
        "redis://[::1]:",
        "redis://a..b",
        "redis://.a",
        "redis://a b",
        "redis://a'b",
        "redis+tls://127.0.0.1",
        "redis-sentinel://127.0.0.1",
        "http://127.0.0.1",
        "REDIS//127.0.0.1",
        "unix:",
        "unix://",
        "unix:///",
        "unix://relative/path",
        "unix://" LONG_PATH,
        " redis://127.0.0.1",
    };
    struct redis_hooks none = {0};
    uv_loop_t loop;

    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct redis *redis = (struct redis *)&loop;
        struct err err = ERR_INIT;

        if (redis_new(&redis, &loop, bad[i], &none, &err) == 0)
            fail_msg("taken: %s", bad[i]);
        assert_null(redis);
        assert_int_equal(err.code, ERR_INVALID);
        assert_int_equal(err.field_count, 1);
        assert_string_equal(err.fields[0].name, "redis");
        assert_null(strstr(err.fields[0].text, "secret"));
    }
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_good_url_is_read(void **state)
{
    static const struct {
        const char *text, *path, *address, *password;
        int port;
    } good[] = {
        {"redis://127.0.0.1", "", "127.0.0.1", "", 6379},
        {"redis://127.0.0.1/", "", "127.0.0.1", "", 6379},
        {"redis://127.0.0.1/0", "", "127.0.0.1", "", 6379},
        {"redis://127.0.0.1:1/0", "", "127.0.0.1", "", 1},
        {"redis://127.0.0.1:1?db=0", "", "127.0.0.1", "", 1},
        {"redis://127.0.0.1:1/?db=0", "", "127.0.0.1", "", 1},
        {"REDIS://127.0.0.1", "", "127.0.0.1", "", 6379},
        {"redis://default:pw@127.0.0.1:1/0", "", "127.0.0.1", "pw", 1},
        {"redis://127.0.0.1:1", "", "127.0.0.1", "", 1},
        {"redis://127.0.0.1:65535/", "", "127.0.0.1", "", 65535},
        {"redis://[::1]", "", "::1", "", 6379},
        {"redis://[::1]:7000", "", "::1", "", 7000},
        {"redis://:pw@127.0.0.1:1", "", "127.0.0.1", "pw", 1},
        {"redis://:@127.0.0.1:1", "", "127.0.0.1", "", 1},
        {"redis://:a:b%40%2Fc%@127.0.0.1", "", "127.0.0.1", "a:b@/c%", 6379},
        {"redis://user:@127.0.0.1", "", "127.0.0.1", "", 6379},
        {"redis://us%3Aer:p:w@127.0.0.1", "", "127.0.0.1", "p:w", 6379},
        {"rediss://127.0.0.1", "", "127.0.0.1", "", 6379},
        {"rediss://us%3Aer:pw@127.0.0.1:7/0", "", "127.0.0.1", "pw", 7},
        {"rediss://127.0.0.1/0?ssl_ca_certs=/dev/null", "", "127.0.0.1", "",
         6379},
        {"rediss://127.0.0.1:7?ssl_ca_certs=/dev/%6eull", "", "127.0.0.1", "",
         7},
        {"unix:///run/redis.sock", "/run/redis.sock", "", "", 0},
        {"unix:///run/a@b:c", "/run/a@b:c", "", "", 0},
        {"unix://:pw@/run/a@b", "/run/a@b", "", "pw", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct redis_url url;
        struct err err = ERR_INIT;

        if (redis_url_parse(&url, good[i].text, &err) < 0)
            fail_msg("refused: %s: %s", good[i].text, err.fields[0].text);
        assert_string_equal(url.path, good[i].path);
        assert_string_equal(url.password, good[i].password);
        assert_string_equal(url.host, good[i].address);
        assert_int_equal(url.is_number, good[i].address[0] != '\0');
        assert_int_equal(url.port, good[i].port);
        assert_int_equal(url.is_tls, !strncmp(good[i].text, "rediss", 6));
        assert_string_equal(url.user, strstr(good[i].text, "us%3A")  ? "us:er"
                                      : strstr(good[i].text, "user") ? "user"
                                                                     : "");
        assert_string_equal(
            url.ca, strstr(good[i].text, "ca_certs") ? "/dev/null" : "");
    }
}

static void a_password_has_a_limit(void **state)
{
    char text[REDIS_PASSWORD_MAX + 64] = "redis://:";
    size_t start = strlen(text);
    struct redis_url url;
    struct err err = ERR_INIT;

    (void)state;
    memset(text + start, 'x', REDIS_PASSWORD_MAX + 1);
    memcpy(text + start + REDIS_PASSWORD_MAX, "@127.0.0.1", 11);
    assert_int_equal(redis_url_parse(&url, text, &err), 0);
    assert_int_equal(strlen(url.password), REDIS_PASSWORD_MAX);
    memcpy(text + start + REDIS_PASSWORD_MAX, "x@127.0.0.1", 12);
    assert_int_equal(redis_url_parse(&url, text, &err), -1);
}

static void several_are_read_one_by_one(void **state)
{
    const char *left = "redis://a%2Cb@h,,unix:///x,";
    const char *const each[] = {"redis://a%2Cb@h", "", "unix:///x"};
    char url[REDIS_URL_MAX];
    char text[REDIS_URL_MAX + 8];
    struct err err = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(each); i++) {
        assert_int_equal(redis_url_next(&left, url, &err), 1);
        assert_string_equal(url, each[i]);
    }
    assert_int_equal(redis_url_next(&left, url, &err), 0);
    memset(text, 'x', sizeof(text));
    text[REDIS_URL_MAX - 1] = ',';
    text[sizeof(text) - 1] = '\0';
    left = text;
    assert_int_equal(redis_url_next(&left, url, &err), 1);
    assert_int_equal(strlen(url), REDIS_URL_MAX - 1);
    assert_int_equal(redis_url_next(&left, url, &err), 1);
    assert_int_equal(redis_url_next(&left, url, &err), 0);
    text[REDIS_URL_MAX - 1] = 'x';
    left = text;
    assert_int_equal(redis_url_next(&left, url, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
}

static void a_server_is_called_by_its_address_alone(void **state)
{
    static const char *const names[][2] = {
        {"redis://127.0.0.1", "127.0.0.1:6379"},
        {"rediss://user:pw@[::1]:7/0?ssl_ca_certs=/dev/null", "[::1]:7"},
        {"redis://:pw@Cache-1.example:7", "Cache-1.example:7"},
        {"unix://:pw@/run/redis.sock", "/run/redis.sock"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct redis_url url;
        struct err err = ERR_INIT;

        assert_int_equal(redis_url_parse(&url, names[i][0], &err), 0);
        assert_string_equal(url.name, names[i][1]);
    }
}

static void of_several_the_one_at_fault_is_named(void **state)
{
    static const struct {
        const char *list;
        const char *text; /* NULL: it is taken */
    } lists[] = {
        {"", NULL},
        {"redis://a", NULL},
        {"redis://a,redis://b,redis://a:1,unix:///a", NULL},
        {"redis://a,http://b", "server 2: must be redis[s]://"},
        {"redis://a,,redis://b", "server 2: must be redis[s]://"},
        {"http://b", "must be redis[s]://"},
        {"redis://a,redis://b,rediss://x:y@A:6379/0", "names A:6379 twice"},
        {"unix:///a,unix:///b,unix://:pw@/a", "names /a twice"},
        {"redis://a,redis://b,redis://c,redis://d,redis://e",
         "names more than 4 servers"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        struct err err = ERR_INIT;
        int rc = redis_urls_check(lists[i].list, &err);

        assert_int_equal(rc, lists[i].text ? -1 : 0);
        if (!lists[i].text)
            continue;
        assert_int_equal(err.field_count, 1);
        assert_string_equal(err.fields[0].name, "redis");
        if (strncmp(err.fields[0].text, lists[i].text, strlen(lists[i].text)))
            fail_msg("%s: %s", lists[i].list, err.fields[0].text);
    }
}

SUITE(url)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_url_is_refused_by_name),
        cmocka_unit_test(a_good_url_is_read),
        cmocka_unit_test(a_password_has_a_limit),
        cmocka_unit_test(several_are_read_one_by_one),
        cmocka_unit_test(a_server_is_called_by_its_address_alone),
        cmocka_unit_test(of_several_the_one_at_fault_is_named),
    };

    return cmocka_run_group_tests_name("redis url", tests, NULL, NULL);
}
