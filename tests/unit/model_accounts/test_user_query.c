#include "accounts.h"
#include "model/accounts/user_query.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* In the world there are ann, Bob, sue and gone. */
static void fill(struct world *w)
{
    change(w, "%s",
           "UPDATE \"user\" SET email = 'a@Stra\u00dfe.test', "
           "first_name = '\u00c9milie', last_name = 'B', last_login = 5, "
           "max_quantity = 7 WHERE username = 'ann';"
           "UPDATE \"user\" SET email = 'b@x.test', first_name = 'zo\u00e9', "
           "last_name = 'a', last_login = 9 WHERE username = 'Bob';"
           "UPDATE \"user\" SET email = 'c@x.test', first_name = 'Zo\u00c9', "
           "last_name = 'A' WHERE username = 'sue'");
}

struct seen {
    const int64_t *count;
    char text[200];
};

static int see(void *arg, const struct user *user, struct err *err)
{
    struct seen *seen = arg;
    size_t len = strlen(seen->text);

    (void)err;
    if (!len)
        len = (size_t)snprintf(seen->text, sizeof(seen->text),
                               "%d:", (int)*seen->count);
    snprintf(seen->text + len, sizeof(seen->text) - len, " %s", user->username);
    return 0;
}

/* order: a column's name, '-' before it for the other way; NULL: none. */
static void set_order(struct user_query *query, const char *order)
{
    bool descending = order && *order == '-';
    const struct user_column *column;

    if (!order)
        return;
    order += descending;
    column = user_column_find(order, strlen(order));
    assert_non_null(column);
    query->order_count = 1;
    query->orders[0].column = (size_t)(column - user_columns);
    query->orders[0].descending = descending;
}

static void set_filter(struct user_query *query, const char *name, bool wanted)
{
    const struct user_column *column;

    if (!name)
        return;
    column = user_column_find(name, strlen(name));
    assert_non_null(column);
    query->filters = 1UL << (column - user_columns);
    query->wanted = wanted ? query->filters : 0;
}

static void users_are_found_sorted_and_counted(void **state)
{
    static const struct {
        const char *search;
        const char *order;
        const char *filter;
        bool wanted;
        int64_t offset;
        int64_t limit;
        const char *found;
    } cases[] = {
        {"", NULL, NULL, false, 0, 9, "4: ann Bob gone sue"},
        {"", NULL, NULL, false, 1, 2, "4: Bob gone"},
        {"", NULL, NULL, false, 9, 2, ""},
        {"", NULL, "is_active", true, 0, 9, "3: ann Bob sue"},
        {"", NULL, "is_active", false, 0, 9, "1: gone"},
        {"", "-id", NULL, false, 0, 2, "4: gone sue"},
        {"", "username", NULL, false, 0, 9, "4: ann Bob gone sue"},
        {"", "-username", NULL, false, 1, 2, "4: gone Bob"},
        {"", "last_login", NULL, false, 0, 9, "4: sue gone ann Bob"},
        {"", "-last_login", NULL, false, 0, 9, "4: Bob ann gone sue"},
        {"", "-max_quantity", NULL, false, 0, 1, "4: ann"},
        {"", "first_name", NULL, false, 0, 9, "4: gone sue Bob ann"},
        {"", "last_name", "is_active", true, 0, 9, "3: sue Bob ann"},
        {"", "-last_name", "is_active", true, 0, 9, "3: ann Bob sue"},
        {"O", NULL, NULL, false, 0, 9, "3: Bob gone sue"},
        {"ZO\u00c9", NULL, NULL, false, 0, 9, "2: Bob sue"},
        {"strasse", NULL, NULL, false, 0, 9, "1: ann"},
        {"x.TEST", "-email", NULL, false, 0, 1, "2: sue"},
        {"x.test", "last_login", NULL, false, 1, 5, "2: Bob"},
        {"o", NULL, "is_active", false, 0, 9, "1: gone"},
        {"nobody", NULL, NULL, false, 0, 9, ""},
    };
    struct world *w = *state;

    fill(w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct user_query query = {.offset = cases[i].offset,
                                   .limit = cases[i].limit};
        int64_t count = -1;
        struct seen seen = {.count = &count};
        struct err err = ERR_INIT;

        memcpy(query.search, cases[i].search, strlen(cases[i].search));
        set_order(&query, cases[i].order);
        set_filter(&query, cases[i].filter, cases[i].wanted);
        assert_int_equal(
            user_query_run(w->db, &query, &count, see, &seen, &err), 0);
        assert_string_equal(seen.text, cases[i].found);
        assert_true(count >= 0);
    }
}

SUITE(user_query)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(users_are_found_sorted_and_counted),
    };

    return cmocka_run_group_tests_name("user query", tests, NULL, NULL);
}
