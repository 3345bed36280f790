#include "draws.h"

#include "base/banned.h"

#define ALL                                                                    \
    "id,owner,instrument,side,quantity,price,status,filled_quantity,"          \
    "average_price,client_order_id,created,updated"

static void the_window_is_any_window(void **state)
{
    static const struct draw_case cases[] = {
        {PAGE, "3: 0+10"},
        {"", "0: 0+10"},
        {"draw=1", "1: 0+10"},
        {"draw=0&start=7&length=25", "0: 7+25"},
        {"draw=1&start=13&length=10", "1: 13+10"},
        {"draw=1&start=0&length=-1", "1: 0+10000"},
        {"draw=1&start=20&length=-1", "1: 20+10000"},
        {"draw=1&start=0&length=0", "1: 0+0"},
        {"draw=1&start=9007199254740991&length=10000",
         "1: 9007199254740991+10000"},
        {"draw=9007199254740991", "9007199254740991: 0+10"},
        {"draw=2&_=1764000000000&format=datatables&owner=kim", "2: 0+10"},
        /* Not silently all rows. */
        {"draw=2&keep=x&price__gt=1&search.value=x",
         "2: error keep, price__gt, search.value"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

static void a_search_looks_in_the_searchable_columns(void **state)
{
    static const struct draw_case cases[] = {
        {PAGE "&search[value]=EDF", "3: 0+10 contains(id,instrument,price: "
                                    "edf)"},
        {PAGE "&search[value]=EDF&columns[0][searchable]=false",
         "3: 0+10 contains(instrument,price: edf)"},
        {PAGE "&search[value]=EDF&columns[0][searchable]=",
         "3: 0+10 contains(instrument,price: edf)"},
        /* Not said: as DataTables has it by default. */
        {"search[value]=a&columns[0][data]=side", "0: 0+10 contains(side: a)"},
        {"search[value]=a&columns[1][data]=side", "0: 0+10 contains(side: a)"},
        /* No column of ours: nothing is found, rather than everything. */
        {"search[value]=a&columns[0][data]=nothing", "0: 0+10 contains(: a)"},
        {"search[value]=a&columns[0][data]=version", "0: 0+10 contains(: a)"},
        {"search[value]=a", "0: 0+10 contains(" ALL ": a)"},
        /* Words like any others. */
        {"search[value]=false&columns[0][data]=side",
         "0: 0+10 contains(side: false)"},
        {"search[value]=function&columns[0][data]=side",
         "0: 0+10 contains(side: function)"},
        {"search[value]=a+b&columns[0][data]=side",
         "0: 0+10 contains(side: a) contains(side: b)"},
        {"search[value]=+%22a++b%22%09!c+!+!%22d+e%22+%22f+%22+%22%22"
         "&columns[0][data]=side",
         "0: 0+10 contains(side: a  b) not( contains(side: c)) "
         "not( contains(side: d e)) contains(side: f )"},
        {"search[value]=a%22b+5%22+c&columns[0][data]=side",
         "0: 0+10 contains(side: a\"b) contains(side: 5\") contains(side: c)"},
        {"search[value]=%22a+b&columns[0][data]=side",
         "0: 0+10 contains(side: \"a) contains(side: b)"},
        {"search[value]=++%09&columns[0][data]=side", "0: 0+10"},
        {"search[value]=!!a+!%22&columns[0][data]=side",
         "0: 0+10 not( contains(side: !a)) not( contains(side: \"))"},
        /* The minus of print, before a number. */
        {"search[value]=%E2%88%9210.5+%E2%88%92a+!%E2%88%921"
         "&columns[0][data]=price",
         "0: 0+10 contains(price: -10.5) contains(price: \xE2\x88\x92\x61) "
         "not( contains(price: -1))"},
        {"search[value]=1+2+3+4+5+6+7+8+9+10+11+12+13+14+15+16+17",
         "0: error search[value]"},
        /* Patterns are not taken apart. */
        {"search[value]=!a+b&search[regex]=true&columns[0][data]=side",
         "0: 0+10 matches(side: !a b)"},
        {"search[value]=%25_&columns[0][data]=side",
         "0: 0+10 contains(side: %_)"},
        {"search[value]=%C3%89T%C3%89&columns[0][data]=instrument",
         "0: 0+10 contains(instrument: \xC3\xA9t\xC3\xA9)"},
        {PAGE "&search[value]=^E.F&search[regex]=true",
         "3: 0+10 matches(id,instrument,price: ^E.F)"},
        {PAGE "&search[value]=&search[regex]=true", "3: 0+10"},
        {PAGE "&columns[1][search][value]=EDF&columns[2][search][value]=^1"
              "&columns[2][search][regex]=true&search[value]=x",
         "3: 0+10 contains(id,instrument,price: x) contains(instrument: edf) "
         "matches(price: ^1)"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

static void a_column_is_found_by_data_then_by_name(void **state)
{
    static const struct draw_case cases[] = {
        {"search[value]=a" COLUMN_AS(0, "side", "price"),
         "0: 0+10 contains(side: a)"},
        {"search[value]=a" COLUMN_AS(0, "", "side"),
         "0: 0+10 contains(side: a)"},
        {"search[value]=a" COLUMN_AS(0, "function", "side"),
         "0: 0+10 contains(side: a)"},
        {"search[value]=a" COLUMN_AS(0, "order.side", "side"),
         "0: 0+10 contains(side: a)"},
        {"search[value]=a" COLUMN_AS(0, "3", "side"),
         "0: 0+10 contains(side: a)"},
        {"search[value]=a&columns[0][data][_]=side&columns[0][data][sort]=x",
         "0: 0+10 contains(side: a)"},
        {"search[value]=a" COLUMN_AS(0, "Side", "SIDE"),
         "0: 0+10 contains(: a)"},
        /* One that is not ours matters only where it is asked for. */
        {PAGE COLUMN_AS(3, "nothing", "no+thing"), "3: 0+10"},
        {PAGE COLUMN_AS(3, "nothing", "") "&search[value]=1",
         "3: 0+10 contains(id,instrument,price: 1)"},
        {PAGE COLUMN_AS(3, "id;DROP+TABLE+orders", ""), "3: 0+10"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

static void the_order_is_the_clients(void **state)
{
    static const struct draw_case cases[] = {
        {PAGE "&order[0][column]=2&order[0][dir]=desc",
         "3: 0+10 order(-price)"},
        {PAGE "&order[0][column]=2&order[0][dir]=asc&order[0][name]=",
         "3: 0+10 order(price)"},
        {PAGE "&order[0][column]=2", "3: 0+10 order(price)"},
        {PAGE "&order[0][column]=2&order[0][dir]=", "3: 0+10 order(price)"},
        {PAGE "&order[1][column]=2&order[0][column]=1&order[0][dir]=desc",
         "3: 0+10 order(-instrument, price)"},
        /* The name counts before the number. */
        {PAGE "&order[0][column]=2&order[0][name]=status&order[0][dir]=asc",
         "3: 0+10 order(status)"},
        {PAGE "&order[0][column]=2&order[0][name]=mine",
         "3: 0+10 order(price)"},
        {"order[0][name]=side&order[0][dir]=desc", "0: 0+10 order(-side)"},
        /* A cell of buttons, first in line for the order at the start. */
        {PAGE COLUMN_AS(3, "function", "") "&order[0][column]=3", "3: 0+10"},
        {PAGE COLUMN_AS(3, "", "") "&columns[3][orderable]=false"
                                   "&order[0][column]=3&order[0][dir]=asc",
         "3: 0+10"},
        {PAGE "&columns[2][orderable]=false&order[0][column]=2",
         "3: 0+10 order(price)"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

static void fixed_and_group_searches_count_too(void **state)
{
    static const struct draw_case cases[] = {
        {PAGE "&search[fixed][0][name]=mine&search[fixed][0][term]=EDF",
         "3: 0+10 contains(id,instrument,price: edf)"},
        {PAGE "&search[fixed][0][name]=mine&search[fixed][0][term]=",
         "3: 0+10"},
        {PAGE "&columns[1][search][fixed][0][name]=a"
              "&columns[1][search][fixed][0][term]=E"
              "&columns[1][search][fixed][1][name]=b"
              "&columns[1][search][fixed][1][term]=F",
         "3: 0+10 contains(instrument: e) contains(instrument: f)"},
        {PAGE "&search[groups][0][columns][]=1&search[groups][0][columns][]=2"
              "&search[groups][0][term]=x",
         "3: 0+10 contains(instrument,price: x)"},
        {PAGE "&search[groups][0][columns][0]=1"
              "&search[groups][0][columns][1]=0&search[groups][0][term]=x",
         "3: 0+10 contains(id,instrument: x)"},
        {PAGE "&search[groups][0][term]=x",
         "3: 0+10 contains(id,instrument,price: x)"},
        {PAGE "&search[groups][0][columns][]=1&search[groups][0][term]=",
         "3: 0+10"},
        {PAGE "&search[groupsFixed][0][columns][]=0"
              "&search[groupsFixed][0][columns][]=1"
              "&search[groupsFixed][0][name]=n&search[groupsFixed][0][term]=x"
              "&search[groups][0][term]=y&search[groups][0][columns][]=2",
         "3: 0+10 contains(id,instrument: x) contains(price: y)"},
        /* A regular expression comes as its own text. */
        {PAGE "&search[fixed][0][term]=/^E.F/i",
         "3: 0+10 matches(id,instrument,price: ^E.F)"},
        {PAGE "&search[fixed][0][term]=EUR/USD",
         "3: 0+10 contains(id,instrument,price: eur/usd)"},
        {PAGE "&search[fixed][0][term]=//",
         "3: 0+10 contains(id,instrument,price: //)"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

static void extensions_without_a_condition_are_fine(void **state)
{
    static const struct draw_case cases[] = {
        {PAGE "&searchBuilder=&searchBuilder[logic]=AND", "3: 0+10"},
        {PAGE "&searchBuilder[criteria][0][data]=", "3: 0+10"},
        /* Not filled in yet. */
        {PAGE "&searchBuilder[logic]=OR&searchBuilder[criteria][0][data]=Side"
              "&searchBuilder[criteria][0][origData]=side"
              "&searchBuilder[criteria][0][type]=string"
              "&searchBuilder[criteria][1][condition]=between"
              "&searchBuilder[criteria][1][origData]=price"
              "&searchBuilder[criteria][1][value][]=1"
              "&searchBuilder[criteria][2][criteria][0][condition]=null",
         "3: 0+10"},
        {PAGE "&searchPanes=&searchPanes[side]=&searchPanesLast="
              "&searchPanes_options[cascade]=false"
              "&searchPanes_options[viewCount]=true"
              "&searchPanes_null[side][0]=false",
         "3: 0+10 lists(instrument, price) panes"},
        {PAGE "&columns[1][columnControl][search][value]="
              "&columns[1][columnControl][search][logic]=contains"
              "&columns[1][columnControl][search][type]=text"
              "&columns[1][columnControl][search][mask]=",
         "3: 0+10 lists(instrument)"},
        {PAGE "&search[return]=true&columns[1][search][smart]=true", "3: 0+10"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

static void json_says_the_same_as_a_form(void **state)
{
    static const struct draw_case cases[] = {
        {"{\"draw\":3,\"start\":5,\"length\":-1,\"search\":{\"value\":\"EDF\","
         "\"regex\":false,\"fixed\":[],\"groups\":[],\"groupsFixed\":[]},"
         "\"columns\":[{\"data\":\"id\",\"name\":\"\",\"searchable\":true,"
         "\"orderable\":true,\"search\":{\"value\":\"\",\"regex\":false,"
         "\"fixed\":[]}},{\"data\":null,\"name\":\"side\",\"searchable\":true,"
         "\"orderable\":true,\"search\":{\"value\":\"B\",\"regex\":true}}],"
         "\"order\":[{\"column\":1,\"dir\":\"desc\",\"name\":\"\"}]}",
         "3: 5+10000 contains(id,side: edf) matches(side: B) order(-side)"},
        {"{\"draw\":\"4\",\"length\":\"25\"}", "4: 0+25"},
        {"{\"draw\":1,\"search\":{\"value\":7},\"columns\":[{\"data\":\"id\"}]"
         "}",
         "1: 0+10 contains(id: 7)"},
        {"{\"search\":{\"groups\":[{\"columns\":[0],\"term\":\"x\"}]},"
         "\"columns\":[{\"data\":\"id\"},{\"data\":\"side\"}]}",
         "0: 0+10 contains(id: x)"},
        {"{}", "0: 0+10"},
        /* As a query string: submitAs 'json' with GET. */
        {"format=datatables&%7B%22draw%22%3A5%2C%22start%22%3A3%7D", "5: 3+10"},
        {"%7B%22draw%22%3A5%2C%22search%22%3A%7B%22value%22%3A%22a=b%22%7D"
         "%2C%22columns%22%3A[%7B%22data%22%3A%22id%22%7D]%7D&_=1",
         "5: 0+10 contains(id: a=b)"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

SUITE(datatables)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_window_is_any_window),
        cmocka_unit_test(a_search_looks_in_the_searchable_columns),
        cmocka_unit_test(a_column_is_found_by_data_then_by_name),
        cmocka_unit_test(the_order_is_the_clients),
        cmocka_unit_test(fixed_and_group_searches_count_too),
        cmocka_unit_test(extensions_without_a_condition_are_fine),
        cmocka_unit_test(json_says_the_same_as_a_form),
    };

    return cmocka_run_group_tests_name("datatables", tests, NULL, NULL);
}
