#include "draws.h"
#include "base/json.h"
#include "shown.h"
#include "web/query/datatables.h"

#include <string.h>

#include "base/banned.h"

/* "lists(side! as Side)": it was asked for by name. */
static void show_lists(struct buf *out, const struct datatables *table)
{
    for (size_t i = 0; i < table->list_count; i++) {
        const struct datatables_list *list = &table->lists[i];

        buf_printf(out, "%s%s%s", i ? ", " : " lists(",
                   order_columns[list->column].name, list->is_named ? "!" : "");
        if (strcmp(list->key, order_columns[list->column].name) != 0)
            buf_printf(out, " as %s", list->key);
    }
    if (table->list_count)
        buf_put_char(out, ')');
    if (table->list_count && table->has_panes)
        buf_put_text(out, " panes");
    if (table->list_count && table->last != SIZE_MAX)
        buf_printf(out, " last %s", order_columns[table->last].name);
}

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
    if (datatables_read(&params, body, NULL, &table, &err) == 0) {
        buf_printf(&out, "%lld: ", (long long)table.draw);
        shown_query(&out, &table.query);
        show_lists(&out, &table);
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
