#include "base/json.h"
#include "query_check.h"
#include "target.h"
#include "web/query/datatables.h"

#include "base/banned.h"

static void check_draw(const struct params *params, const cJSON *body)
{
    static struct datatables table;
    struct err err = ERR_INIT;

    if (datatables_read(params, body, NULL, &table, &err) == 0) {
        must(err.code == ERR_NONE);
        query_check(&table.query);
    } else {
        must(err.code == ERR_INVALID
                 ? err.field_count > 0
                 : err.code == ERR_MALFORMED || err.code == ERR_TOO_LARGE);
    }
    must(table.draw >= 0);
    datatables_release(&table);
}

/* As a handler does: a brace at the start is JSON. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct params params;
    struct err err = ERR_INIT;
    cJSON *body = NULL;

    params_init(&params);
    if (size > 0 && (text[0] == '{' || text[0] == '[')) {
        if (json_parse(text, size, &body, &err) == 0)
            check_draw(&params, body);
    } else if (params_parse(&params, text, size, &err) == 0) {
        query_check_params(&params);
        check_draw(&params, NULL);
    }
    cJSON_Delete(body);
    params_release(&params);
    return 0;
}
