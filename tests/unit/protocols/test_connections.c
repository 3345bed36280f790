#include "base/mem.h"
#include "protocols/host/connections.h"
#include "support/suite.h"
#include "web/access/proxies.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/banned.h"

static struct proxies proxies;

static struct connections *connections_of(long max, long per_address)
{
    struct connections *connections;
    struct err err = ERR_INIT;

    assert_int_equal(proxies_read(&proxies, "198.51.100.0/24", &err), 0);
    assert_int_equal(
        connections_new(&connections, max, per_address, NULL, &proxies, &err),
        0);
    return connections;
}

static bool take(struct connections *connections, const char *text,
                 struct site **site)
{
    struct address peer;

    assert_true(address_parse(text, strlen(text), &peer));
    return connections_take(connections, &peer, site);
}

static void an_address_has_its_share(void **state)
{
    static const char *const alike[][3] = {
        {"192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1"},
        {"2001:db8:0:1::1", "2001:db8:0:1:9::", "2001:db8:0:1::2"},
    };
    struct connections *connections = connections_of(1000, 2);
    struct site *sites[3];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct site *other;

        assert_true(take(connections, alike[i][0], &sites[0]));
        assert_true(take(connections, alike[i][1], &sites[1]));
        assert_false(take(connections, alike[i][2], &sites[2]));
        assert_true(
            take(connections, i ? "2001:db8:0:2::1" : "192.0.2.2", &other));
        /* One that leaves makes room for one. */
        connections_drop(connections, sites[0]);
        assert_true(take(connections, alike[i][2], &sites[2]));
        assert_false(take(connections, alike[i][0], &sites[0]));
        connections_drop(connections, sites[1]);
        connections_drop(connections, sites[2]);
        connections_drop(connections, other);
        assert_int_equal(connections_count(connections), 0);
    }
    connections_free(connections);
}

static void loopback_and_proxies_have_no_share_but_count(void **state)
{
    static const char *const many[] = {"127.0.0.1", "::1", "198.51.100.7"};
    struct connections *connections = connections_of(30, 2);
    struct site *site;

    (void)state;
    for (size_t i = 0; i < 30; i++) {
        assert_true(take(connections, many[i % 3], &site));
        assert_null(site);
    }
    assert_int_equal(connections_count(connections), 30);
    assert_false(take(connections, "127.0.0.1", &site));
    assert_false(take(connections, "192.0.2.1", &site));
    connections_drop(connections, NULL);
    assert_true(take(connections, "192.0.2.1", &site));
    assert_non_null(site);
    connections_free(connections); /* what is left is freed with it */
}

/* Each allocation that a new address takes, in its turn. */
static void want_of_memory_refuses_one_connection(void **state)
{
    struct connections *connections = connections_of(30, 2);
    struct site *site;
    unsigned failed = 0;

    (void)state;
    do {
        mem_fail_after(failed + 1);
        if (take(connections, "192.0.2.1", &site))
            break;
        assert_int_equal(connections_count(connections), 0);
        failed++;
    } while (failed < 10);
    mem_fail_after(0);
    assert_in_range(failed, 2, 9);
    connections_drop(connections, site);
    assert_true(take(connections, "192.0.2.1", &site));
    connections_free(connections);
}

SUITE(connections)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_its_share),
        cmocka_unit_test(loopback_and_proxies_have_no_share_but_count),
        cmocka_unit_test(want_of_memory_refuses_one_connection),
    };

    return cmocka_run_group_tests_name("connections", tests, NULL, NULL);
}
