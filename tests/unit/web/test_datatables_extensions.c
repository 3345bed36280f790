#include "draws.h"

#include "base/banned.h"

#define IS(condition, value) BUILDER("[origData]=price", condition, value)
#define CREATED COLUMN_AS(3, "created", "")

static void every_condition_of_searchbuilder(void **state)
{
    static const struct draw_case cases[] = {
        {PAGE IS("%3D", "10.50"), "3: 0+10 and( equal(price: 10.5))"},
        {PAGE IS("!%3D", "1"), "3: 0+10 and( not( equal(price: 1)))"},
        {PAGE IS("%3C", "1"), "3: 0+10 and( below(price: 1))"},
        {PAGE IS("%3C%3D", "1"), "3: 0+10 and( most(price: 1))"},
        {PAGE IS("%3E", "1"), "3: 0+10 and( above(price: 1))"},
        {PAGE IS("%3E%3D", "1"), "3: 0+10 and( least(price: 1))"},
        {PAGE IS("between", "1") "&searchBuilder[criteria][0][value][]=2",
         "3: 0+10 and( and( least(price: 1) most(price: 2)))"},
        {PAGE IS("!between", "1") "&searchBuilder[criteria][0][value][]=2",
         "3: 0+10 and( not( and( least(price: 1) most(price: 2))))"},
        {PAGE IS("starts", "1"), "3: 0+10 and( starts(price: 1))"},
        {PAGE IS("!starts", "1"), "3: 0+10 and( not( starts(price: 1)))"},
        {PAGE IS("ends", ".5"), "3: 0+10 and( ends(price: .5))"},
        {PAGE IS("!ends", ".5"), "3: 0+10 and( not( ends(price: .5)))"},
        {PAGE IS("contains", "A+B"), "3: 0+10 and( contains(price: a b))"},
        {PAGE IS("!contains", "1"), "3: 0+10 and( not( contains(price: 1)))"},
        /* Never empty, and what may be. */
        {PAGE IS("null", ""), "3: 0+10 and( or())"},
        {PAGE IS("!null", ""), "3: 0+10 and( not( or()))"},
        {PAGE BUILDER("[origData]=average_price", "null", ""),
         "3: 0+10 and( equal(average_price: ))"},
        {PAGE BUILDER("[origData]=client_order_id", "!null", ""),
         "3: 0+10 and( not( equal(client_order_id: )))"},
        /* Texts and choices regardless of case. */
        {PAGE BUILDER("[origData]=instrument", "%3D", "EDF+1"),
         "3: 0+10 and( is(instrument: edf 1))"},
        {PAGE BUILDER("[origData]=side", "!%3D", "Buy"),
         "3: 0+10 and( not( is(side: buy)))"},
        /* By its data, by the name of the draw's column, or by its title. */
        {PAGE COLUMN_AS(3, "order.side", "side")
             BUILDER("[origData]=order.side", "%3D", "buy"),
         "3: 0+10 and( is(side: buy))"},
        {PAGE BUILDER("[data]=side", "%3D", "buy"),
         "3: 0+10 and( is(side: buy))"},
        {PAGE "&searchBuilder[criteria][0][condition]=between"
              "&searchBuilder[criteria][0][origData]=price"
              "&searchBuilder[criteria][0][value1]=1"
              "&searchBuilder[criteria][0][value2]=2",
         "3: 0+10 and( and( least(price: 1) most(price: 2)))"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

#define DAY(condition, value) BUILDER("[origData]=created", condition, value)
#define FROM "2026-03-28T23:00:00.000000Z"
#define UNTIL "2026-03-29T22:00:00.000000Z"
#define TZ "&tz=Europe/Paris"

static void days_are_whole_days_of_the_zone(void **state)
{
    static const struct draw_case cases[] = {
        {PAGE TZ DAY("%3D", "2026-03-29"),
         "3: 0+10 and( and( least(created: " FROM ") below(created: " UNTIL
         ")))"},
        {PAGE TZ DAY("%3C", "2026-03-29"),
         "3: 0+10 and( below(created: " FROM "))"},
        {PAGE TZ DAY("%3C%3D", "2026-03-29"),
         "3: 0+10 and( below(created: " UNTIL "))"},
        {PAGE TZ DAY("%3E", "2026-03-29"),
         "3: 0+10 and( least(created: " UNTIL "))"},
        {PAGE TZ DAY("%3E%3D", "2026-03-29"),
         "3: 0+10 and( least(created: " FROM "))"},
        {PAGE TZ DAY(
             "between",
             "2026-03-29") "&searchBuilder[criteria][0][value][]=2026-03-29",
         "3: 0+10 and( and( least(created: " FROM ") below(created: " UNTIL
         ")))"},
        /* As moment and luxon state a day. */
        {PAGE TZ DAY("%3C", "2026-03-29+00:00:00"),
         "3: 0+10 and( below(created: " FROM "))"},
        {PAGE TZ CREATED CONTROL(3, "less", "2026-03-29T00:00:00.000Z"),
         "3: 0+10 below(created: " FROM ") lists(instrument)"},
        {PAGE TZ CREATED CONTROL(
             3, "greater",
             "2026-03-29T00:00:00.000%2B01:00") "&columns[3][columnControl]["
                                                "search][mask]=YYYY-MM-DD",
         "3: 0+10 least(created: " UNTIL ") lists(instrument)"},
        /* A mask of days makes a day of any time. */
        {PAGE TZ CREATED CONTROL(
             3, "equal",
             "2026-03-29T09:30:00.000Z") "&columns[3][columnControl]"
                                         "[search][mask]=DD.MM."
                                         "YYYY",
         "3: 0+10 and( least(created: " FROM ") below(created: " UNTIL
         ")) lists(instrument)"},
        {PAGE CREATED CONTROL(
             3, "less", "2026-03-29T09:30:00Z") "&columns[3][columnControl]"
                                                "[search][mask]=YYYY-MM-DD "
                                                "HH:mm",
         "3: 0+10 below(created: 2026-03-29T09:30:00.000000Z) "
         "lists(instrument)"},
        {PAGE TZ CREATED CONTROL(3, "notEqual", "2026-03-29"),
         "3: 0+10 not( and( least(created: " FROM ") below(created: " UNTIL
         "))) lists(instrument)"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

#define AT(path) "searchBuilder[criteria]" path
#define CRITERION(path, column, value)                                         \
    "&" AT(path) "[condition]=%3D&" AT(path) "[origData]=" column              \
                                             "&" AT(path) "[value][]=" value

static void groups_stand_in_groups(void **state)
{
    static const struct draw_case cases[] = {
        {PAGE CRITERION("[0]", "side", "buy") CRITERION("[1][criteria][0]",
                                                        "price", "1")
             CRITERION("[1][criteria][1][criteria][0]", "price", "2") CRITERION(
                 "[1][criteria][1][criteria][1]", "id",
                 "3") "&searchBuilder[criteria][1][logic]=OR&searchBuilder["
                      "logic]=AND"
                      "&searchBuilder[criteria][1][criteria][1][logic]=AND",
         "3: 0+10 and( is(side: buy) or( equal(price: 1) and( equal(price: 2) "
         "equal(id: 3))))"},
        /* One that says nothing does not count, not even as met. */
        {PAGE CRITERION("[0]", "side", "buy") "&" AT(
             "[1][condition]=%3D") "&" AT("[2][criteria][0][origData]="
                                          "price") "&searchBuilder[logic]="
                                                   "OR",
         "3: 0+10 or( is(side: buy))"},
        {"{\"draw\":3,\"searchBuilder\":{\"logic\":\"OR\",\"criteria\":[{"
         "\"condition\":\"=\",\"data\":\"Side\",\"origData\":\"side\","
         "\"type\":\"string\",\"value\":[\"buy\"],\"value1\":\"buy\"},{"
         "\"logic\":\"AND\",\"criteria\":[{\"condition\":\">\",\"origData\":"
         "\"price\",\"value\":[1.5]}]}]}}",
         "3: 0+10 or( is(side: buy) and( above(price: 1.5)))"},
        {PAGE CRITERION("[0][criteria][0][criteria][0][criteria][0][criteria]"
                        "[0][criteria][0][criteria][0][criteria][0][criteria]"
                        "[0]",
                        "price", "1"),
         "3: error searchBuilder"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

static void what_is_picked_from_a_list_is_any_of_it(void **state)
{
    static const struct draw_case cases[] = {
        {PAGE "&searchPanes[side][0]=buy&searchPanes[side][1]=sell"
              "&searchPanes[client_order_id][0]="
              "&searchPanes_null[client_order_id][0]=true",
         "3: 0+10 or( equal(side: buy) equal(side: sell)) "
         "or( equal(client_order_id: )) lists(instrument, price) panes"},
        {PAGE "&columns[1][columnControl][list][0]=EDF"
              "&columns[2][columnControl][list][0]=1.50"
              "&columns[1][columnControl][list][1]=AXA",
         "3: 0+10 or( equal(instrument: EDF) equal(instrument: AXA)) "
         "or( equal(price: 1.5)) lists(instrument)"},
        /* Of both, what both mean. */
        {PAGE "&searchPanes[price][0]=1&columns[2][columnControl][list][0]=2",
         "3: 0+10 or( equal(price: 1)) or( equal(price: 2)) "
         "lists(instrument, price) panes"},
        {PAGE "&searchPanes[price][0]=1&searchPanes[side][0]=buy"
              "&searchPanesLast=price&searchPanes_options[cascade]=true",
         "3: 0+10 or( equal(price: 1)) or( equal(side: buy)) "
         "lists(instrument, price) panes last price"},
        /* Said by nothing but its being there. */
        {"{\"draw\":3,\"columns\":[{\"data\":\"side\",\"columnControl\":"
         "{\"list\":{}}},{\"data\":\"price\"}]}",
         "3: 0+10 lists(side)"},
        {"{\"draw\":3,\"columns\":[{\"data\":\"side\"},{\"data\":\"price\"}],"
         "\"searchPanes\":{\"side\":{}}}",
         "3: 0+10 lists(side, price) panes"},
        {PAGE "&lists=price", "3: 0+10 lists(price!) panes"},
        {PAGE "&lists=&searchPanes_options[cascade]=false", "3: 0+10"},
        {PAGE COLUMN_AS(3, "order.side", "side") "&lists=side,id",
         "3: 0+10 lists(id!, side! as order.side) panes"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

static void every_logic_of_columncontrol(void **state)
{
    static const struct draw_case cases[] = {
        {PAGE CONTROL(1, "contains", "a+!b"),
         "3: 0+10 and( contains(instrument: a) not( contains(instrument: b))) "
         "lists(instrument)"},
        {PAGE CONTROL(1, "notContains", "a+b"),
         "3: 0+10 not( and( contains(instrument: a) contains(instrument: b))) "
         "lists(instrument)"},
        {PAGE CONTROL(1, "notContains", "%22a+b%22+!c"),
         "3: 0+10 not( and( contains(instrument: a b) not( contains("
         "instrument: c)))) lists(instrument)"},
        {PAGE CONTROL(1, "notContains", "+%22%22+"),
         "3: 0+10 lists(instrument)"},
        {PAGE CONTROL(1, "equal", "EDF"),
         "3: 0+10 is(instrument: edf) lists(instrument)"},
        {PAGE CONTROL(1, "starts", "E"),
         "3: 0+10 starts(instrument: e) lists(instrument)"},
        {PAGE CONTROL(1, "ends", "1"),
         "3: 0+10 ends(instrument: 1) lists(instrument)"},
        {PAGE CONTROL(1, "empty", ""), "3: 0+10 or() lists(instrument)"},
        {PAGE CONTROL(1, "notEmpty", ""),
         "3: 0+10 not( or()) lists(instrument)"},
        {PAGE CONTROL(2, "greaterOrEqual", "1"),
         "3: 0+10 least(price: 1) lists(instrument)"},
        {PAGE CONTROL(2, "lessOrEqual", "1"),
         "3: 0+10 most(price: 1) lists(instrument)"},
        {PAGE CONTROL(2, "notEqual", "1"),
         "3: 0+10 not( equal(price: 1)) lists(instrument)"},
        {PAGE CONTROL(2, "equal", ""), "3: 0+10 lists(instrument)"},
    };

    (void)state;
    draws_check(cases, ARRAY_LEN(cases));
}

SUITE(datatables_extensions)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_condition_of_searchbuilder),
        cmocka_unit_test(days_are_whole_days_of_the_zone),
        cmocka_unit_test(groups_stand_in_groups),
        cmocka_unit_test(what_is_picked_from_a_list_is_any_of_it),
        cmocka_unit_test(every_logic_of_columncontrol),
    };

    return cmocka_run_group_tests_name("datatables extensions", tests, NULL,
                                       NULL);
}
