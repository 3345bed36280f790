#include "support/suite.h"

#include "metrics/roster.h"
#include "metrics/roster_list.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

static int open_roster(void **state)
{
    *state = roster_map(2);
    return *state ? 0 : -1;
}

static int close_roster(void **state)
{
    roster_unmap(*state);
    return 0;
}

static uint32_t add(struct roster *roster, size_t worker, int64_t user)
{
    const struct actor actor = {
        .user = user, .session = user * 2, .token = user * 3};
    char address[ADDRESS_MAX];
    uint32_t place;

    snprintf(address, sizeof(address), "10.0.0.%lld", (long long)user);
    place = roster_add(roster, worker, address);
    roster_login(roster, worker, place, &actor);
    return place;
}

static size_t count(struct roster *roster)
{
    struct roster_walk walk = {.worker = 0};
    struct roster_socket socket;
    size_t n = 0;

    while (roster_next(roster, &walk, &socket))
        n++;
    return n;
}

static void sockets_of_all_workers_are_told_whole(void **state)
{
    struct roster *roster = *state;
    struct roster_walk walk = {.worker = 0};
    struct roster_socket socket;
    uint32_t first = add(roster, 0, 7);
    uint32_t second = add(roster, 1, 8);

    assert_true(roster_next(roster, &walk, &socket));
    assert_int_equal(socket.worker, 0);
    assert_int_equal(socket.user, 7);
    assert_int_equal(socket.session, 14);
    assert_int_equal(socket.token, 21);
    assert_string_equal(socket.address, "10.0.0.7");
    assert_true(socket.opened_us > 0);
    assert_int_equal(socket.id, roster_id(roster, 0, first));
    assert_true(roster_next(roster, &walk, &socket));
    assert_int_equal(socket.worker, 1);
    assert_int_equal(socket.user, 8);
    assert_false(roster_next(roster, &walk, &socket));
    assert_true(roster_has(roster, roster_id(roster, 1, second), 8));
    assert_false(roster_has(roster, roster_id(roster, 1, second), 7));
    roster_remove(roster, 0, first);
    assert_int_equal(count(roster), 1);
    roster_remove(roster, 1, second);
    assert_int_equal(count(roster), 0);
}

static void a_place_is_used_again_but_its_id_is_not(void **state)
{
    struct roster *roster = *state;
    int64_t before = 0;

    for (int i = 0; i < 300000; i++) {
        uint32_t place = add(roster, 0, 1);
        int64_t id = roster_id(roster, 0, place);

        assert_true(id > before);
        before = id;
        roster_remove(roster, 0, place);
        assert_false(roster_has(roster, id, 1));
    }
}

static void a_long_address_is_cut(void **state)
{
    struct roster *roster = *state;
    struct roster_walk walk = {.worker = 0};
    struct roster_socket socket;
    char address[ADDRESS_MAX];

    memset(address, 'x', sizeof(address) - 1);
    address[sizeof(address) - 1] = '\0';
    roster_add(roster, 0, address);
    memset(&socket, 0xff, sizeof(socket));
    assert_true(roster_next(roster, &walk, &socket));
    assert_int_equal(socket.machine, 0);
    assert_int_equal(strlen(socket.address), 47);
}

static void beyond_the_bound_none_is_listed(void **state)
{
    struct roster *roster = *state;
    uint32_t place = ROSTER_NOWHERE;

    for (int i = 0; i < ROSTER_WORKER_MAX; i++) {
        place = add(roster, 0, 1);
        assert_int_not_equal(place, ROSTER_NOWHERE);
    }
    assert_int_equal(add(roster, 0, 1), ROSTER_NOWHERE);
    assert_int_equal(roster_id(roster, 0, ROSTER_NOWHERE), 0);
    roster_remove(roster, 0, ROSTER_NOWHERE);
    assert_int_equal(count(roster), ROSTER_WORKER_MAX);
    assert_int_not_equal(add(roster, 1, 1), ROSTER_NOWHERE);
    roster_remove(roster, 0, place);
    assert_int_not_equal(add(roster, 0, 1), ROSTER_NOWHERE);
}

static void a_list_is_told_and_read_again(void **state)
{
    struct roster *roster = *state;
    struct roster_list list = {.sockets = NULL};
    struct roster_socket socket;
    struct err err = ERR_INIT;
    struct buf lines;
    const char *at;
    const char *end;

    add(roster, 0, 7);
    add(roster, 1, 8);
    add(roster, 1, 7);
    assert_int_equal(roster_list_find(&list, roster, 7, &err), 0);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.sockets[0].machine, 0);
    roster_list_sort(&list);
    assert_true(list.sockets[0].opened_us >= list.sockets[1].opened_us);
    buf_init(&lines, 1000);
    roster_list_encode(&list, 2, &lines);
    at = lines.data;
    end = at + lines.len;
    for (size_t i = 0; i < 2; i++) {
        const struct roster_socket *told = &list.sockets[i];

        assert_int_equal(roster_socket_decode(&at, end, &socket), 1);
        assert_int_equal(socket.id, told->id);
        assert_int_equal(socket.worker, told->worker);
        assert_int_equal(socket.session, told->session);
        assert_int_equal(socket.token, told->token);
        assert_int_equal(socket.opened_us, told->opened_us);
        assert_string_equal(socket.address, told->address);
    }
    assert_int_equal(roster_socket_decode(&at, end, &socket), 0);
    buf_clear(&lines);
    roster_list_encode(&list, 1, &lines);
    assert_ptr_equal(memchr(lines.data, '\n', lines.len),
                     lines.data + lines.len - 1);
    buf_release(&lines);
    roster_list_release(&list);
}

static void what_is_no_socket_is_refused(void **state)
{
    /* A byte more than there is room for. */
    static const char too_long[] =
        "S 1 0 0 0 1 0123456789012345678901234567890123456789"
        "012345678901234567890123\n";
    static const char *const bad[] = {
        "S 1 0 0 0 1 a",    "S 1 0 0 0 1\n",
        "S 0 0 0 0 1 a\n",  "S 1 0 0 0 1 a b\n",
        "S 1 0 0 -1 1 a\n", "S 99999999999999999999 0 0 0 1 a\n",
        "E 1 0 0 0 1 a\n",  too_long,
    };
    struct roster_socket socket;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *at = bad[i];

        assert_int_equal(
            roster_socket_decode(&at, bad[i] + strlen(bad[i]), &socket), -1);
        assert_ptr_equal(at, bad[i]);
    }
}

static void a_process_that_died_is_forgotten_its_successor_is_not(void **state)
{
    struct roster *roster = *state;
    pid_t child = fork();

    if (child == 0) {
        for (int i = 0; i < 50; i++)
            add(roster, 0, 5);
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    add(roster, 0, 6);
    assert_int_equal(count(roster), 51);
    roster_forget(roster, 1, child);
    assert_int_equal(count(roster), 51);
    roster_forget(roster, 0, child);
    assert_int_equal(count(roster), 1);
}

static atomic_bool is_over;

static void *come_and_go(void *arg)
{
    struct roster *roster = arg;
    uint32_t places[40];

    memset(places, 0xff, sizeof(places));
    for (int64_t i = 0; !atomic_load(&is_over); i++) {
        uint32_t *place = &places[i % 40];

        roster_remove(roster, 0, *place);
        *place = add(roster, 0, i % 90 + 1);
    }
    return NULL;
}

static void what_changes_meanwhile_is_never_half_told(void **state)
{
    struct roster *roster = *state;
    char address[ADDRESS_MAX];
    pthread_t thread;
    size_t seen = 0;

    atomic_store(&is_over, false);
    assert_int_equal(pthread_create(&thread, NULL, come_and_go, roster), 0);
    while (seen < 20000) {
        struct roster_walk walk = {.worker = 0};
        struct roster_socket socket;

        while (roster_next(roster, &walk, &socket)) {
            if (!socket.user)
                continue; /* not logged in yet */
            snprintf(address, sizeof(address), "10.0.0.%lld",
                     (long long)socket.user);
            assert_string_equal(socket.address, address);
            assert_int_equal(socket.session, socket.user * 2);
            assert_int_equal(socket.token, socket.user * 3);
            seen++;
        }
    }
    atomic_store(&is_over, true);
    pthread_join(thread, NULL);
}

SUITE(roster)
{
#define ON_ROSTER(test)                                                        \
    cmocka_unit_test_setup_teardown(test, open_roster, close_roster)
    const struct CMUnitTest tests[] = {
        ON_ROSTER(sockets_of_all_workers_are_told_whole),
        ON_ROSTER(a_place_is_used_again_but_its_id_is_not),
        ON_ROSTER(a_long_address_is_cut),
        ON_ROSTER(a_list_is_told_and_read_again),
        ON_ROSTER(what_is_no_socket_is_refused),
        ON_ROSTER(beyond_the_bound_none_is_listed),
        ON_ROSTER(a_process_that_died_is_forgotten_its_successor_is_not),
        ON_ROSTER(what_changes_meanwhile_is_never_half_told),
    };

    return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}
