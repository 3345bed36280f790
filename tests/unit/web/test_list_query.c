#include "shown.h"
#include "support/suite.h"
#include "web/query/list_query.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void check(const char *text, const char *shown)
{
    struct order_query query;
    struct params params;
    struct err err = ERR_INIT;
    struct buf out;

    params_init(&params);
    buf_init(&out, SHOWN_MAX);
    assert_int_equal(params_parse(&params, text, strlen(text), &err), 0);
    if (list_query_read(&params, &query, &err) == 0)
        shown_query(&out, &query);
    else
        shown_error(&out, &err);
    if (strcmp(buf_text(&out), shown) != 0)
        print_message("case: %s\n", text);
    assert_string_equal(buf_text(&out), shown);
    order_query_release(&query);
    buf_release(&out);
    params_release(&params);
}

static void parameters_become_a_query(void **state)
{
    static const struct {
        const char *text;
        const char *shown;
    } cases[] = {
        {"", "0+20"},
        {"page=3", "40+20"},
        {"page_size=1000&page=2", "1000+1000"},
        {"page=1000000000000&page_size=1000", "999999999999000+1000"},
        {"format=json&owner=demo&scope=all&_=17", "0+20"},
        {"search=EDF", "0+20 contains(id,owner,instrument,side,quantity,"
                       "price,status,filled_quantity,average_price,"
                       "client_order_id,created,updated: edf)"},
        {"search=", "0+20"},
        {"side=buy&price__gte=10.5&price__lte=-0",
         "0+20 equal(side: buy) least(price: 10.5) most(price: 0)"},
        {"instrument=Edf%2001", "0+20 equal(instrument: Edf 01)"},
        {"instrument__contains=Stra%C3%9Fe",
         "0+20 contains(instrument: strasse)"},
        {"owner__contains=D", "0+20 contains(owner: d)"},
        {"status__in=new,filled&side=buy",
         "0+20 or( equal(status: new) equal(status: filled)) equal(side: buy)"},
        {"client_order_id=", "0+20 equal(client_order_id: )"},
        {"id=7&version__gte=2", "0+20 equal(id: 7) least(version: 2)"},
        {"created__gte=2026-01-31T00:00:00Z",
         "0+20 least(created: 2026-01-31T00:00:00.000000Z)"},
        /* Days of a zone: 23 and 25 hours of them. */
        {"created=2026-03-29&tz=Europe/Paris",
         "0+20 and( least(created: 2026-03-28T23:00:00.000000Z) "
         "below(created: 2026-03-29T22:00:00.000000Z))"},
        {"created__gte=2026-10-25&created__lte=2026-10-25&tz=Europe/Paris",
         "0+20 least(created: 2026-10-24T22:00:00.000000Z) "
         "below(created: 2026-10-25T23:00:00.000000Z)"},
        {"created=2026-03-29",
         "0+20 and( least(created: 2026-03-29T00:00:00.000000Z) "
         "below(created: 2026-03-30T00:00:00.000000Z))"},
        {"updated__lte=2026-03-29T10:30&tz=America/New_York",
         "0+20 below(updated: 2026-03-29T14:31:00.000000Z)"},
        {"created=2026-03-29T10:30:05&tz=UTC",
         "0+20 and( least(created: 2026-03-29T10:30:05.000000Z) "
         "below(created: 2026-03-29T10:30:06.000000Z))"},
        {"created=2026-01-31T00:00:00Z&tz=Asia/Tokyo",
         "0+20 equal(created: 2026-01-31T00:00:00.000000Z)"},
        {"created__lte=2026-01-31T00:00:00Z",
         "0+20 below(created: 2026-01-31T00:00:00.000001Z)"},
        {"search=%22EDF+01%22+!new&instrument__contains=a+b",
         "0+20 contains(id,owner,instrument,side,quantity,price,status,"
         "filled_quantity,average_price,client_order_id,created,updated: "
         "edf 01) not( contains(id,owner,instrument,side,quantity,price,status,"
         "filled_quantity,average_price,client_order_id,created,updated: new)) "
         "contains(instrument: a b)"},
        {"ordering=-price,id", "0+20 order(-price, id)"},
        {"ordering=", "0+20"},
        {"cursor=", "0+20"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check(cases[i].text, cases[i].shown);
}

static void what_is_wrong_or_unknown_is_named(void **state)
{
    static const struct {
        const char *text;
        const char *shown;
    } cases[] = {
        {"page=0", "error page"},
        {"page=-1", "error page"},
        {"page=abc", "error page"},
        {"page=", "error page"},
        {"page=1.5", "error page"},
        {"page=99999999999999999999999999", "error page"},
        {"page_size=0", "error page_size"},
        {"page_size=1001", "error page_size"},
        {"page=x&page_size=y&z=1", "error page, page_size, z"},
        {"instruments=1", "error instruments"},
        {"Instrument=1", "error Instrument"},
        {"=1", "error "},
        {"price__gt=1", "error price__gt"},
        {"price__=1", "error price__"},
        {"__gte=1", "error __gte"},
        {"side__gte=buy", "error side__gte"},
        {"instrument__lte=b", "error instrument__lte"},
        {"price__contains=1", "error price__contains"},
        {"price=abc", "error price"},
        {"price=0.123456789", "error price"},
        {"price=1e400", "error price"},
        {"id=-1", "error id"},
        {"id=", "error id"},
        {"created=yesterday", "error created"},
        {"created=2026-02-30", "error created"},
        {"created=2026-01-01&tz=Europe/Pari", "error tz"},
        {"tz=UTC&tz=UTC", "error tz"},
        {"tz=", "error tz"},
        {"side=hold", "error side"},
        {"status=", "error status"},
        {"ordering=nothing", "error ordering"},
        {"ordering=-", "error ordering"},
        {"ordering=price,,id", "error ordering"},
        {"ordering=--price", "error ordering"},
        {"ordering=id,side,price,status,owner,version,created,updated,quantity",
         "error ordering"},
        {"cursor=abc", "error cursor"},
        {"cursor=%C3%A9", "error cursor"},
        {"cursor=AAAAAAAAAAA", "error cursor"},
        {"cursor=__________8", "error cursor"},
        {"cursor=&page=2", "error page"},
        {"cursor=&ordering=price", "error ordering"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check(cases[i].text, cases[i].shown);
}

static void a_cursor_is_read_back(void **state)
{
    static const int64_t ids[] = {1, 255, 256, 123456789, INT64_MAX};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        char text[40] = "cursor=";
        char shown[60];

        list_cursor(ids[i], text + strlen(text));
        snprintf(shown, sizeof(shown), "0+20 before %lld", (long long)ids[i]);
        check(text, shown);
    }
}

static void too_long_and_too_many_are_refused(void **state)
{
    char text[3000] = "search=";

    (void)state;
    memset(text + 7, 'x', QUERY_TEXT_MAX - 1);
    text[7 + QUERY_TEXT_MAX - 1] = '\0';
    {
        struct order_query query;
        struct params params;
        struct err err = ERR_INIT;

        params_init(&params);
        assert_int_equal(params_parse(&params, text, strlen(text), &err), 0);
        assert_int_equal(list_query_read(&params, &query, &err), 0);
        assert_int_equal(query.filter.nodes[0].text_len, QUERY_TEXT_MAX - 1);
        order_query_release(&query);
        params_release(&params);
    }
    text[7 + QUERY_TEXT_MAX - 1] = 'x';
    text[7 + QUERY_TEXT_MAX] = '\0';
    check(text, "error search");
    text[0] = '\0';
    for (int i = 0; i <= QUERY_TERMS; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "id=%d&", i);
    check(text, "error id");
}

SUITE(list_query)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_become_a_query),
        cmocka_unit_test(what_is_wrong_or_unknown_is_named),
        cmocka_unit_test(a_cursor_is_read_back),
        cmocka_unit_test(too_long_and_too_many_are_refused),
    };

    return cmocka_run_group_tests_name("list_query", tests, NULL, NULL);
}
