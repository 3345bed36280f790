#include "draws.h"
#include "base/json.h"
#include "shown.h"
#include "web/query/datatables.h"

#include <string.h>

#include "base/banned.h"

static void check(const struct draw_case *c)
{
    struct datatables table;
    struct params params;
    struct err err = ERR_INIT;
    cJSON *body = NULL;
    struct buf out;

    params_init(&params);
    buf_init(&out, SHOWN_MAX);
    if (c->text[0] == '{')
        assert_int_equal(json_parse(c->text, strlen(c->text), &body, &err), 0);
    else
        assert_int_equal(params_parse(&params, c->text, strlen(c->text), &err),
                         0);
    if (datatables_read(&params, body, &table, &err) == 0) {
        buf_printf(&out, "%lld: ", (long long)table.draw);
        shown_query(&out, &table.query);
        assert_true(table.query.totals);
        assert_int_equal(err.code, ERR_NONE);
    } else {
        buf_printf(&out, "%lld: ", (long long)table.draw);
        shown_error(&out, &err);
    }
    if (strcmp(buf_text(&out), c->shown) != 0)
        print_message("case: %s\n", c->text);
    assert_string_equal(buf_text(&out), c->shown);
    datatables_release(&table);
    buf_release(&out);
    params_release(&params);
    cJSON_Delete(body);
}

void draws_check(const struct draw_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(&cases[i]);
}
