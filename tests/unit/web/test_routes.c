#include "base/mem.h"
#include "model/accounts/scopes.h"
#include "support/suite.h"
#include "web/access/names.h"
#include "web/routes.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const char *fault_of(const struct route *route)
{
    bool is_bound = route->bound != BOUND_NONE;
    /* How one's pages look is no order, and as harmless. */
    bool writes_orders = route->scope & SCOPE_ORDERS_WRITE &&
                         (route->bound != BOUND_PAGES ||
                          strncmp(route->path, "/api/me/", 8) != 0);

    if ((route->run == RUN_WRITE || route->run == RUN_HASH) && !is_bound)
        return "writes or hashes, and nothing bounds how often";
    if (writes_orders != (route->bound == BOUND_ORDERS))
        return "what is written of orders counts in the day's";
    if (route->bound == BOUND_LOGIN &&
        (route->run != RUN_HASH ||
         (route->role != ROLE_NONE && route->role != ROLE_COOKIE)))
        return "no attempts to log in are counted there";
    if (is_bound && route->bound != BOUND_LOGIN && route->role == ROLE_NONE)
        return "without a login there is no user to count for";
    return NULL;
}

static void what_costs_the_writer_or_a_hash_is_bounded(void **state)
{
    (void)state;
    for (size_t i = 0; i < routes_count; i++) {
        const char *fault = fault_of(&routes[i]);

        if (fault)
            fail_msg("web/routes.c, row %zu, %s %s: %s", i,
                     http_method_name(routes[i].method), routes[i].path, fault);
    }
}

static void a_row_without_a_bound_is_told(void **state)
{
    static const struct route bad[] = {
        {.run = RUN_WRITE, .role = ROLE_USER},
        {.run = RUN_HASH, .role = ROLE_NONE},
        {.run = RUN_WRITE,
         .role = ROLE_USER,
         .scope = SCOPE_ORDERS_WRITE,
         .bound = BOUND_TICKETS},
        {.run = RUN_WRITE, .role = ROLE_USER, .bound = BOUND_LOGIN},
        {.run = RUN_HASH, .role = ROLE_SUPERUSER, .bound = BOUND_LOGIN},
        {.run = RUN_WRITE, .role = ROLE_NONE, .bound = BOUND_TICKETS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_non_null(fault_of(&bad[i]));
}

/* Where it stands before other paths, it would be taken off this one. */
static void no_route_begins_like_a_path_of_public_url(void **state)
{
    struct web *web = mem_zalloc(sizeof(*web));

    (void)state;
    assert_non_null(web);
    for (size_t i = 0; i < routes_count; i++) {
        const char *path = routes[i].path;
        int len = (int)strcspn(path + 1, "/<");
        struct err err = ERR_INIT;
        char url[80];

        if (!len)
            continue;
        snprintf(url, sizeof(url), "https://desk.example/%.*s", len, path + 1);
        if (web_set_names(web, url, "", "localhost", 0, &err) == 0)
            fail_msg("%s may be a public_url, and leads to %s", url, path);
    }
    mem_free(web);
}

SUITE(routes)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_costs_the_writer_or_a_hash_is_bounded),
        cmocka_unit_test(a_row_without_a_bound_is_told),
        cmocka_unit_test(no_route_begins_like_a_path_of_public_url),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
