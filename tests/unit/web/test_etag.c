#include "support/suite.h"
#include "web/http/etag.h"

#include <string.h>

#include "base/banned.h"

static void a_list_names_a_tag_or_not(void **state)
{
    static const struct {
        const char *list;
        enum etag_list found; /* of "7" */
    } cases[] = {
        {"\"7\"", ETAG_LIST_WITH},
        {"W/\"7\"", ETAG_LIST_WITH},
        {"*", ETAG_LIST_WITH},
        {" * ", ETAG_LIST_WITH},
        {"\"6\", \"7\"", ETAG_LIST_WITH},
        {"\"6\",W/\"7\"", ETAG_LIST_WITH},
        {",, \"7\" ,\t,", ETAG_LIST_WITH},
        {"\"a,b\",\"7\"", ETAG_LIST_WITH},
        {"\"\\\",\"7\"", ETAG_LIST_WITH}, /* no escapes in there */
        {"\"\xC3\xA9\", \"7\"", ETAG_LIST_WITH},
        {"\"6\"", ETAG_LIST_WITHOUT},
        {"\"77\"", ETAG_LIST_WITHOUT},
        {"\"\"", ETAG_LIST_WITHOUT},
        {"\"07\"", ETAG_LIST_WITHOUT},
        {"\"*\"", ETAG_LIST_WITHOUT},
        {"\"W/7\"", ETAG_LIST_WITHOUT},
        {"", ETAG_LIST_BAD},
        {" ", ETAG_LIST_BAD},
        {",", ETAG_LIST_BAD},
        {"7", ETAG_LIST_BAD},
        {"\"7", ETAG_LIST_BAD},
        {"7\"", ETAG_LIST_BAD},
        {"\"", ETAG_LIST_BAD},
        {"W/", ETAG_LIST_BAD},
        {"W/7", ETAG_LIST_BAD},
        {"w/\"7\"", ETAG_LIST_BAD},
        {"W/ \"7\"", ETAG_LIST_BAD},
        {"W/W/\"7\"", ETAG_LIST_BAD},
        {"\"7\" \"7\"", ETAG_LIST_BAD},
        {"\"7\"\"7\"", ETAG_LIST_BAD},
        {"\"7\";x", ETAG_LIST_BAD},
        {"\"a b\"", ETAG_LIST_BAD},
        {"\"\x7f\"", ETAG_LIST_BAD},
        {"*, \"7\"", ETAG_LIST_BAD},
        {"\"7\", *", ETAG_LIST_BAD},
        {"**", ETAG_LIST_BAD},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *list = cases[i].list;

        if (etag_list_find(list, strlen(list), "\"7\"") != cases[i].found)
            fail_msg("%s", list);
    }
    assert_int_equal(etag_list_find("\"7\"", 3, NULL), ETAG_LIST_WITHOUT);
    assert_int_equal(etag_list_find("\"7\"x", 3, "\"7\""), ETAG_LIST_WITH);
}

SUITE(etag)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_names_a_tag_or_not),
    };

    return cmocka_run_group_tests_name("etag", tests, NULL, NULL);
}
