#include "base/clock.h"
#include "base/json.h"
#include "web/api/handlers.h"
#include "web/api/spread.h"

#include <stdio.h>

#include "base/banned.h"

void spread_put_number(struct buf *body, const char *key, int decimals,
                       double value)
{
    char text[64];
    int len = snprintf(text, sizeof(text), "%.*f", decimals, value);

    json_put_raw(body, key, text, (size_t)len);
}

void spread_put(struct buf *body, const char *key,
                const struct figures_spread *spread)
{
    json_open_key(body, key);
    if (spread->is_known) {
        spread_put_number(body, "p50", 3, spread->p50_ms);
        spread_put_number(body, "p99", 3, spread->p99_ms);
    } else {
        json_put_null(body, "p50");
        json_put_null(body, "p99");
    }
    json_close(body);
}

int latency_read(struct call *call, struct err *err)
{
    struct buf *body = &call->response->body;
    struct figures figures;

    (void)err;
    figures_read(call->web->metrics, call->web->metrics_count,
                 clock_mono_us() / CLOCK_S, &figures);
    response_begin(call->response, 200, "application/json");
    json_open(body);
    json_put_int(body, "seconds", FIGURES_SPREAD_S);
    for (int hop = 0; hop < HOP_COUNT; hop++) {
        char key[32];

        snprintf(key, sizeof(key), "%s_ms",
                 metrics_hop_name((enum metrics_hop)hop));
        spread_put(body, key, &figures.hops[hop]);
    }
    json_close(body);
    return 0;
}
