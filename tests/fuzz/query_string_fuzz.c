#include "query_check.h"
#include "target.h"
#include "web/query/list_query.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct order_query query;
    struct params params;
    struct err err = ERR_INIT;

    params_init(&params);
    if (params_parse(&params, (const char *)data, size, &err) == 0) {
        query_check_params(&params);
        if (list_query_read(&params, &query, &err) == 0)
            query_check(&query);
        else
            must(err.code == ERR_INVALID && err.field_count > 0);
        order_query_release(&query);
    } else {
        must(err.code == ERR_MALFORMED || err.code == ERR_TOO_LARGE);
    }
    params_release(&params);
    return 0;
}
