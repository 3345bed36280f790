#include "base/json.h"
#include "store/migrate.h"
#include "web/api/handlers.h"
#include "web/schema/shapes.h"

#include "base/banned.h"

int stream_hint(struct call *call, struct err *err)
{
    (void)call;
    return err_set(err, ERR_UPGRADE,
                   "open it with the websocket protocol, subprotocol orders");
}

int healthz(struct call *call, struct err *err)
{
    (void)err;
    response_begin(call->response, 200, "application/json");
    json_open(&call->response->body);
    json_put_str(&call->response->body, "status", "ok");
    json_close(&call->response->body);
    return 0;
}

int readyz(struct call *call, struct err *err)
{
    struct buf *body = &call->response->body;
    int redis = atomic_load(&call->web->redis_up);
    bool is_short = atomic_load(&call->web->redis_down) > 0;
    bool no_save = atomic_load(&call->web->writes_fail);
    int have = 0;
    int want = 0;
    bool has_standby;
    bool ready;

    if (migrate_state(call->db, call->web->schema, &have, &want, err) < 0 ||
        db_has_standby(call->db, &has_standby, err) < 0)
        return -1;
    ready = have == want && !atomic_load(&call->web->draining);
    response_begin(call->response, ready ? 200 : 503, "application/json");
    json_open(body);
    json_put_str(body, "status",
                 !ready                ? "not ready"
                 : is_short || no_save ? "degraded"
                                       : "ready");
    json_put_str(body, "database", "ok");
    json_put_str(body, "writes", no_save ? "failing" : "ok");
    json_put_str(body, "durability", shape_durability_words[has_standby]);
    json_put_int(body, "schema_step", have);
    json_put_int(body, "schema_step_wanted", want);
    json_put_str(body, "redis",
                 redis < 0    ? "not configured"
                 : redis == 0 ? "down"
                              : "up");
    json_close(body);
    return 0;
}
