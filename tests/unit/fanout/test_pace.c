#include "base/clock.h"
#include "fanout/pace.h"
#include "support/suite.h"

#include "base/banned.h"

#define MS INT64_C(1000)

static void the_first_goes_at_once(void **state)
{
    struct pace_member member;
    struct pace pace;

    (void)state;
    pace_init(&pace);
    pace_member_init(&member, 1);
    assert_null(pace_take(&pace, 5));
    assert_int_equal(pace_next_us(&pace, 5), -1);
    pace_ask(&pace, &member, 5);
    pace_ask(&pace, &member, 5);
    assert_int_equal(pace_next_us(&pace, 5), 5);
    assert_ptr_equal(pace_take(&pace, 5), &member);
    assert_null(pace_take(&pace, 5));
    assert_int_equal(pace_next_us(&pace, 5), -1);
}

static void the_next_waits_for_the_end_of_its_rest(void **state)
{
    struct pace_member member;
    struct pace pace;

    (void)state;
    pace_init(&pace);
    pace_member_init(&member, 20);
    pace_sent(&pace, &member, 100 * MS);
    pace_ask(&pace, &member, 101 * MS);
    assert_null(pace_take(&pace, 149 * MS));
    assert_int_equal(pace_next_us(&pace, 101 * MS), 150 * MS);
    assert_ptr_equal(pace_take(&pace, 150 * MS), &member);
    pace_sent(&pace, &member, 150 * MS);
    /* Quiet for longer than its rest: at once again. */
    assert_null(pace_take(&pace, 900 * MS));
    pace_ask(&pace, &member, 901 * MS);
    assert_ptr_equal(pace_take(&pace, 901 * MS), &member);
}

static void one_that_was_not_taken_in_time_is_due_at_once(void **state)
{
    struct pace_member member;
    struct pace pace;

    (void)state;
    pace_init(&pace);
    pace_member_init(&member, 10);
    pace_sent(&pace, &member, 0);
    /* Its rest has ended, and nobody has looked since. */
    pace_ask(&pace, &member, 200 * MS);
    assert_int_equal(pace_next_us(&pace, 200 * MS), 200 * MS);
    assert_ptr_equal(pace_take(&pace, 200 * MS), &member);
}

static void those_that_come_due_first_are_taken_first(void **state)
{
    struct pace_member slow, quick, late;
    struct pace pace;

    (void)state;
    pace_init(&pace);
    pace_member_init(&slow, 10);
    pace_member_init(&quick, 50);
    pace_member_init(&late, 50);
    pace_sent(&pace, &slow, 0);
    pace_sent(&pace, &quick, 60 * MS);
    pace_sent(&pace, &late, 90 * MS);
    pace_ask(&pace, &late, 91 * MS);
    pace_ask(&pace, &slow, 92 * MS);
    pace_ask(&pace, &quick, 75 * MS);
    assert_ptr_equal(pace_take(&pace, 200 * MS), &quick);
    assert_ptr_equal(pace_take(&pace, 200 * MS), &slow);
    assert_ptr_equal(pace_take(&pace, 200 * MS), &late);
    assert_null(pace_take(&pace, 200 * MS));
}

static void a_new_rate_counts_from_the_last_frame(void **state)
{
    struct pace_member member, other;
    struct pace pace;

    (void)state;
    pace_init(&pace);
    pace_member_init(&member, 1);
    pace_member_init(&other, 10);
    pace_sent(&pace, &member, 0);
    pace_ask(&pace, &member, 1 * MS);
    pace_sent(&pace, &other, 40 * MS);
    pace_ask(&pace, &other, 41 * MS);
    /* Quicker: before one of the same rate that has sent since. */
    pace_set_rate(&pace, &member, 10, 50 * MS);
    assert_int_equal(pace_next_us(&pace, 50 * MS), 100 * MS);
    assert_ptr_equal(pace_take(&pace, 100 * MS), &member);
    assert_null(pace_take(&pace, 139 * MS));
    assert_ptr_equal(pace_take(&pace, 140 * MS), &other);
    pace_sent(&pace, &member, 100 * MS);
    /* Slower, while it is due: it rests on. */
    pace_ask(&pace, &member, 300 * MS);
    pace_set_rate(&pace, &member, 2, 300 * MS);
    assert_null(pace_take(&pace, 599 * MS));
    assert_ptr_equal(pace_take(&pace, 600 * MS), &member);
    /* One that has never sent has nothing to rest from. */
    pace_member_init(&member, 60);
    pace_set_rate(&pace, &member, 1, 700 * MS);
    pace_ask(&pace, &member, 700 * MS);
    assert_ptr_equal(pace_take(&pace, 700 * MS), &member);
}

static void one_that_leaves_is_never_taken(void **state)
{
    struct pace_member resting, due;
    struct pace pace;

    (void)state;
    pace_init(&pace);
    pace_member_init(&resting, 60);
    pace_member_init(&due, 60);
    pace_sent(&pace, &resting, 0);
    pace_ask(&pace, &resting, 0);
    pace_ask(&pace, &due, 0);
    pace_leave(&pace, &resting);
    pace_leave(&pace, &due);
    pace_leave(&pace, &due);
    assert_null(pace_take(&pace, 1000 * MS));
    assert_int_equal(pace_next_us(&pace, 1000 * MS), -1);
}

/* Members of all rates ask, send and leave at random: no two frames of one are
 * closer than its rest, and none waits once that is over. */
#define MEMBERS 200

static uint32_t chance(uint32_t *seed, uint32_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed % below;
}

static int64_t rest_of(const struct pace_member *member)
{
    return CLOCK_S / member->rate;
}

static void take_all(struct pace *pace, struct pace_member *members,
                     int64_t last[], bool asked[], int64_t now)
{
    struct pace_member *member;

    while ((member = pace_take(pace, now))) {
        size_t i = (size_t)(member - members);

        assert_true(asked[i]);
        assert_true(last[i] < 0 || now - last[i] >= rest_of(member));
        asked[i] = false;
        last[i] = now;
        pace_sent(pace, member, now);
    }
    for (size_t i = 0; i < MEMBERS; i++)
        assert_false(asked[i] &&
                     (last[i] < 0 || now - last[i] >= rest_of(&members[i])));
}

static void change_one(struct pace *pace, struct pace_member *member,
                       bool *asked, int64_t *last, uint32_t *seed, int64_t now)
{
    switch (chance(seed, 20)) {
    case 0:
        pace_set_rate(pace, member, 1 + (int)chance(seed, PACE_RATE_MAX), now);
        break;
    case 1:
        pace_leave(pace, member);
        pace_member_init(member, 1 + (int)chance(seed, PACE_RATE_MAX));
        *asked = false;
        *last = -1;
        break;
    default:
        pace_ask(pace, member, now);
        *asked = true;
        break;
    }
}

static void one_that_withdraws_is_not_taken_and_rests_on(void **state)
{
    struct pace_member member;
    struct pace pace;

    (void)state;
    pace_init(&pace);
    pace_member_init(&member, 10);
    pace_ask(&pace, &member, 0);
    pace_withdraw(&pace, &member);
    assert_null(pace_take(&pace, 1000 * MS));
    assert_int_equal(pace_next_us(&pace, 1000 * MS), -1);
    pace_sent(&pace, &member, 1000 * MS);
    pace_ask(&pace, &member, 1001 * MS);
    pace_withdraw(&pace, &member);
    pace_withdraw(&pace, &member);
    pace_ask(&pace, &member, 1002 * MS);
    assert_null(pace_take(&pace, 1099 * MS));
    pace_withdraw(&pace, &member);
    assert_null(pace_take(&pace, 2000 * MS));
    pace_ask(&pace, &member, 2001 * MS);
    assert_ptr_equal(pace_take(&pace, 2001 * MS), &member);
}

static void random_members_keep_their_rates(void **state)
{
    static struct pace_member members[MEMBERS];
    static int64_t last[MEMBERS];
    static bool asked[MEMBERS];
    uint32_t seed = 2463534242;
    int64_t now = 0;
    struct pace pace;

    (void)state;
    pace_init(&pace);
    for (size_t i = 0; i < MEMBERS; i++) {
        pace_member_init(&members[i], 1 + (int)(i % PACE_RATE_MAX));
        last[i] = -1;
    }
    for (int step = 0; step < 20000; step++) {
        size_t i = chance(&seed, MEMBERS);
        int64_t next;

        change_one(&pace, &members[i], &asked[i], &last[i], &seed, now);
        now += chance(&seed, 2000);
        take_all(&pace, members, last, asked, now);
        next = pace_next_us(&pace, now);
        for (size_t k = 0; k < MEMBERS; k++)
            assert_true(!asked[k] ||
                        (next >= 0 && next <= last[k] + rest_of(&members[k])));
    }
}

SUITE(pace)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_goes_at_once),
        cmocka_unit_test(the_next_waits_for_the_end_of_its_rest),
        cmocka_unit_test(one_that_was_not_taken_in_time_is_due_at_once),
        cmocka_unit_test(those_that_come_due_first_are_taken_first),
        cmocka_unit_test(a_new_rate_counts_from_the_last_frame),
        cmocka_unit_test(one_that_leaves_is_never_taken),
        cmocka_unit_test(one_that_withdraws_is_not_taken_and_rests_on),
        cmocka_unit_test(random_members_keep_their_rates),
    };

    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
