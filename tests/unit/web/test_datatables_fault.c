#include "base/json.h"
#include "base/mem.h"
#include "draws.h"
#include "web/query/datatables.h"
#include "web/query/draw_json.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void a_bad_number_is_named_and_the_draw_kept(void **state)
{
    static const struct draw_case cases[] = {
        {"draw=abc", "0: error draw"},
        {"draw=", "0: error draw"},
        {"draw=1.5", "0: error draw"},
        {"draw=-1", "0: error draw"},
        {"draw=99999999999999999999", "0: error draw"},
        {"draw=%3Cscript%3E", "0: error draw"},
        {"draw[]=1", "0: error draw[]"},
        {"draw=1e3", "0: error draw"},
        {"draw=+1", "0: error draw"},
        {"draw=4&start=-1", "4: error start"},
        {"start=x&draw=4", "4: error start"},
        {"draw=4&start=", "4: error start"},
        {"draw=4&start=9007199254740992", "4: error start"},
        {"draw=4&length=-2", "4: error length"},
        {"draw=4&length=10001", "4: error length"},
        {"draw=4&length=ten", "4: error length"},
        {"draw=4&length=0x10", "4: error length"},
        {"draw=x&start=y&length=z", "0: error draw, start, length"},
        {"{\"draw\":1.5}", "0: error draw"},
        {"{\"draw\":{\"a\":1}}", "0: error draw[a]"},
        {"{\"draw\":null}", "0: error draw"},
        {"{\"draw\":7,\"start\":1e300}", "7: error start"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

static void a_bad_column_or_order_is_named(void **state)
{
    static const struct draw_case cases[] = {
        {PAGE "&order[0][column]=abc", "3: error order[0][column]"},
        {PAGE "&order[0][column]=-1", "3: error order[0][column]"},
        {PAGE "&order[0][column]=3", "3: error order[0][column]"},
        {PAGE "&order[0][column]=999999", "3: error order[0][column]"},
        {PAGE "&order[0][column]=1&order[0][dir]=up", "3: error order[0][dir]"},
        {PAGE "&order[0][dir]=asc", "3: error order[0][column]"},
        {PAGE "&order[8][column]=1", "3: error order[8][column]"},
        {PAGE "&order[x][column]=1", "3: error order[x][column]"},
        {PAGE "&order[0][0]=1&order[0][1]=asc",
         "3: error order[0][0], order[0][1]"},
        {PAGE "&order=price", "3: error order"},
        {PAGE COLUMN_AS(3, "nothing", "") "&order[0][column]=3",
         "3: error order[0][column]"},
        {PAGE "&columns[x][search][value]=a",
         "3: error columns[x][search][value]"},
        {PAGE "&columns[-1][search][value]=a",
         "3: error columns[-1][search][value]"},
        {PAGE "&columns[256][data]=id", "3: error columns[256][data]"},
        {PAGE "&columns[0][searchable]=maybe",
         "3: error columns[0][searchable]"},
        {PAGE "&search[regex]=2", "3: error search[regex]"},
        {PAGE "&columns=id", "3: error columns"},
        {PAGE "&columns[0]=id", "3: error columns[0]"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

/* The list's search, beside a draw. */
#define OF_ALL(word)                                                           \
    "contains(id,owner,instrument,side,quantity,price,status,"                 \
    "filled_quantity,average_price,client_order_id,created,updated: " word ")"

/* Whatever is not understood must not end as all the rows. */
static void no_condition_is_dropped(void **state)
{
    static const struct draw_case cases[] = {
        {PAGE COLUMN_AS(3, "nothing", "") "&columns[3][search][value]=a",
         "3: error columns[3][search][value]"},
        {PAGE "&columns[9][search][value]=a",
         "3: error columns[9][search][value]"},
        {PAGE "&columns[1][searchable]=false&columns[1][search][value]=a",
         "3: error columns[1][search][value]"},
        {PAGE COLUMN_AS(3, "version", "") "&columns[3][search][value]=1",
         "3: error columns[3][search][value]"},
        {PAGE "&search=EDF", "3: 0+10 " OF_ALL("edf")},
        {PAGE "&search[value=EDF", "3: error search[value"},
        {PAGE "&search[value][]=EDF", "3: error search[value][]"},
        {PAGE "&search[value]x=EDF", "3: error search[value]x"},
        {PAGE "&columns[1][search]=EDF", "3: error columns[1][search]"},
        {PAGE "&columns[1][search][value][0]=EDF",
         "3: error columns[1][search][value][0]"},
        {"{\"draw\":3,\"search\":\"EDF\"}", "3: 0+10 " OF_ALL("edf")},
        {"{\"draw\":3,\"search\":{\"value\":[\"EDF\"]}}",
         "3: error search[value][0]"},
        {PAGE "&search[fixed][0][name]=n&search[fixed][0][term]=function",
         "3: error search[fixed][0][term]"},
        {PAGE "&columns[1][search][fixed][0][term]=function",
         "3: error columns[1][search][fixed][0][term]"},
        {PAGE "&search[fixed][x][term]=a", "3: error search[fixed][x][term]"},
        {PAGE "&search[fixed][0]=a", "3: error search[fixed][0]"},
        {PAGE "&search[fixed]=a", "3: error search[fixed]"},
        {PAGE "&search[groups][0][term]=function",
         "3: error search[groups][0][term]"},
        {PAGE "&search[groups][0][columns][]=9&search[groups][0][term]=a",
         "3: error search[groups][0][term]"},
        {PAGE "&search[groups][0][columns][]=x&search[groups][0][term]=a",
         "3: error search[groups][0][columns][]"},
        {PAGE "&search[groups][0][columns]=1&search[groups][0][term]=a",
         "3: error search[groups][0][columns]"},
        {PAGE "&search[groupsFixed][0][columns][]=1"
              "&search[groupsFixed][0][term]=function",
         "3: error search[groupsFixed][0][term]"},
        {PAGE BUILDER("[origData]=Side", "%3D", "buy"),
         "3: error searchBuilder[criteria][0][value][]"},
        {PAGE BUILDER("[origData]=side", "%3D%3D", "buy"),
         "3: error searchBuilder[criteria][0][value][]"},
        {PAGE BUILDER("[origData]=price", "%3D", "many"),
         "3: error searchBuilder[criteria][0][value][]"},
        {PAGE BUILDER("[origData]=instrument", "%3C", "a"),
         "3: error searchBuilder[criteria][0][value][]"},
        {PAGE BUILDER("[origData]=version", "contains", "1"),
         "3: error searchBuilder[criteria][0][value][]"},
        {PAGE BUILDER("[origData]=created", "%3D", "yesterday"),
         "3: error searchBuilder[criteria][0][value][]"},
        {PAGE BUILDER("[origData]=side", "%3D",
                      "buy") "&searchBuilder[logic]=XOR",
         "3: error searchBuilder[logic]"},
        {PAGE "&searchBuilder[criteria][x][condition]=a",
         "3: error searchBuilder[criteria][x][condition]"},
        {PAGE "&searchBuilder[criteria][0][whatever]=a",
         "3: error searchBuilder[criteria][0][whatever]"},
        {PAGE "&searchBuilder[criteria][0]=a",
         "3: error searchBuilder[criteria][0]"},
        {PAGE "&searchPanes[side][0]=", "3: error searchPanes[side][0]"},
        {PAGE "&searchPanes[Side][0]=buy", "3: error searchPanes[Side][0]"},
        {PAGE "&searchPanes[price][0]=x", "3: error searchPanes[price][0]"},
        {PAGE "&searchPanes[price][0][0]=1",
         "3: error searchPanes[price][0][0]"},
        {PAGE CONTROL(2, "equal", "x"),
         "3: error columns[2][columnControl][search][value]"},
        {PAGE CONTROL(1, "like", "x"),
         "3: error columns[1][columnControl][search][value]"},
        {PAGE CONTROL(1, "greater", "x"),
         "3: error columns[1][columnControl][search][value]"},
        {PAGE COLUMN_AS(3, "nothing", "") CONTROL(3, "empty", ""),
         "3: error columns[3][columnControl][search][value]"},
        {PAGE COLUMN_AS(3, "created", "") CONTROL(
             3, "equal",
             "2026-01-31") "&columns[3][columnControl][search][mask]=MM-DD",
         "3: error columns[3][columnControl][search][mask]"},
        {PAGE "&columns[1][columnControl][list]=buy",
         "3: error columns[1][columnControl][list]"},
        {PAGE "&columns[256][columnControl][list][0]=buy",
         "3: error columns[256][columnControl][list][0]"},
        {PAGE COLUMN_AS(3, "nothing",
                        "") "&columns[3][columnControl][list][0]=a",
         "3: error columns[3][columnControl][list][0]"},
        {PAGE "&columns[1][columnControl][magic]=x",
         "3: error columns[1][columnControl][magic]"},
        {PAGE "&lists=side,nothing", "3: error lists"},
        {PAGE "&tz=Mars", "3: error tz"},
        {"sEcho=1&sSearch=a&iDisplayLength=10", "0: error sEcho"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

static void no_filter_in_brackets_is_dropped(void **state)
{
    static const struct draw_case cases[] = {
        {"draw=4&side[]=buy", "4: error side[]"},
        {"draw=4&side[x]=buy", "4: error side[x]"},
        {"draw=4&price__gte[0]=10", "4: error price__gte[0]"},
        {"draw=4&status__in[a]=new", "4: error status__in[a]"},
        {"draw=4&status__in[0][0]=new", "4: error status__in[0][0]"},
        {"draw=4&status__in[=new", "4: error status__in["},
        {"draw=4&status__in[]=old", "4: error status__in[]"},
        {"draw=4&created__in[]=2026-01-31", "4: error created__in[]"},
        {"draw=4&nope[]=1", "4: error nope[]"},
        {"draw=4&nope[a]=1", "4: error nope[a]"},
        {"draw=4&search_x[]=1", "4: error search_x[]"},
        {"draw=4&lists[]=side", "4: error lists[]"},
        {"draw=4&searchPanesLast[]=side", "4: error searchPanesLast[]"},
        {"draw=4&tz[]=Mars", "4: error tz[]"},
        {"draw=4&owner[]=demo", "4: error owner[]"},
        {"{\"draw\":4,\"side\":[\"buy\"]}", "4: error side[0]"},
        {"{\"draw\":4,\"side\":{\"a\":\"buy\"}}", "4: error side[a]"},
        {"{\"draw\":4,\"nope\":[\"x\"]}", "4: error nope[0]"},
        {"{\"draw\":4,\"tz\":[\"Mars\"]}", "4: error tz[0]"},
        {"{\"draw\":4,\"lists\":[\"side\"]}", "4: error lists[0]"},
        /* Of the filters that may be arrays each value counts. */
        {"draw=4&status__in[]=new&status__in[]=filled",
         "4: 0+10 or( equal(status: new) equal(status: filled))"},
        {"draw=4&id__in[0]=7&status__in[0]=new&id__in[1]=8",
         "4: 0+10 or( equal(id: 7) equal(id: 8)) or( equal(status: new))"},
        {"{\"draw\":4,\"status__in\":[\"new\",\"filled\"]}",
         "4: 0+10 or( equal(status: new) equal(status: filled))"},
        {"{\"draw\":4,\"id__in\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,"
         "17,18,19,20,21]}",
         "4: error id__in[20]"},
        {"{\"draw\":4,\"status__in\":[]}", "4: error status__in"},
        {"{\"draw\":4,\"nope\":{\"a\":[{}]}}", "4: error nope"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

static void bad_json_is_an_error(void **state)
{
    static const struct draw_case cases[] = {
        {"%7B%22draw%22%3A5", "5: error malformed"},
        {"%7Bdraw", "0: error malformed"},
        {"%7B%22draw%22:5%7D=", "5: 0+10"},
        {"%7B%22draw%22:5%7D=x", "5: error malformed"},
    };
    struct params params;
    struct datatables table;
    struct err err = ERR_INIT;
    cJSON *array = cJSON_CreateArray();

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
    params_init(&params);
    assert_int_equal(datatables_read(&params, array, NULL, &table, &err), -1);
    assert_string_equal(err.fields[0].name, "body");
    cJSON_Delete(array);
}

static void a_draw_is_found_in_what_cannot_be_read(void **state)
{
    static const struct {
        const char *text;
        int64_t draw;
    } cases[] = {
        {"draw=7", 7},
        {"start=0&draw=7&length=9", 7},
        {"xdraw=7&draw=8x", 0},
        {"draw=", 0},
        {"draw=-1", 0},
        {"draw=9999999999999999999", 0},
        {"&&", 0},
        {"", 0},
        {" {\"start\": 1, \"draw\" :\n 12,[[[", 12},
        {"{\"draw\":12}", 12},
        {"{\"draw\":1.5}", 0},
        {"{\"draw\":\"7\"}", 0},
        {"{\"draw\"", 0},
        {"{\"draw\":", 0},
        {"{", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(draw_number_in(cases[i].text, strlen(cases[i].text)),
                         cases[i].draw);
}

static void searches_have_a_ceiling(void **state)
{
    char text[8000] = "draw=3&columns[0][data]=id";
    char needle[QUERY_TEXT_MAX + 1];
    struct draw_case c = {text, "3: error search[value]"};

    (void)state;
    memset(needle, 'x', sizeof(needle) - 1);
    needle[sizeof(needle) - 1] = '\0';
    snprintf(text + strlen(text), sizeof(text) - strlen(text),
             "&search[value]=%s", needle);
    draws_check(&c, 1);
    snprintf(text, sizeof(text),
             "draw=3&columns[0][data]=id"
             "&search[regex]=true&search[value]=%s",
             needle);
    draws_check(&c, 1);
    snprintf(text, sizeof(text), "draw=3&columns[0][data]=id");
    for (int i = 0; i <= 64; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text),
                 "&search[fixed][%d][term]=x", i);
    c.shown = "3: error search[fixed][64][term]";
    draws_check(&c, 1);
}

static void want_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    static const char text[] =
        "{\"draw\":3,\"search\":{\"value\":\"abc !d\"},"
        "\"columns\":[{\"data\":\"id\"},{\"data\":\"side\","
        "\"columnControl\":{\"list\":{\"0\":\"buy\"}}}],"
        "\"searchPanes\":{\"side\":{\"0\":\"buy\"}},\"searchPanesLast\":"
        "\"side\",\"searchPanes_options\":{\"cascade\":true},"
        "\"searchBuilder\":{\"criteria\":[{\"condition\":\"!=\","
        "\"origData\":\"id\",\"value\":[\"1\"]}]}}";
    bool has_failed = true;

    (void)state;
    for (unsigned n = 1; has_failed; n++) {
        struct datatables table;
        struct params params;
        struct err err = ERR_INIT;
        cJSON *body = NULL;

        params_init(&params);
        assert_int_equal(json_parse(text, strlen(text), &body, &err), 0);
        mem_fail_after(n);
        has_failed = datatables_read(&params, body, NULL, &table, &err) < 0;
        mem_fail_after(0);
        if (has_failed)
            assert_int_equal(err.code, ERR_NOMEM);
        else
            assert_true(n > 3);
        datatables_release(&table);
        cJSON_Delete(body);
    }
}

SUITE(datatables_fault)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_number_is_named_and_the_draw_kept),
        cmocka_unit_test(a_bad_column_or_order_is_named),
        cmocka_unit_test(no_condition_is_dropped),
        cmocka_unit_test(no_filter_in_brackets_is_dropped),
        cmocka_unit_test(bad_json_is_an_error),
        cmocka_unit_test(a_draw_is_found_in_what_cannot_be_read),
        cmocka_unit_test(searches_have_a_ceiling),
        cmocka_unit_test(want_of_memory_is_an_error_and_leaks_nothing),
    };

    return cmocka_run_group_tests_name("datatables faults", tests, NULL, NULL);
}
