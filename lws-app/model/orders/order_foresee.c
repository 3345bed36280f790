#include "model/orders/order_foresee.h"
#include "model/desk/instrument.h"
#include "model/log/event.h"
#include "model/orders/order_row.h"

#include "base/banned.h"

void order_foresee_place(struct db *db, int64_t user,
                         const struct order_draft *draft)
{
    bool is_own = !(draft->has & HAS_OWNER);

    if (draft->has & HAS_INSTRUMENT)
        instrument_foresee_terms(db, draft->instrument);
    if (is_own && draft->client_order_id[0])
        order_row_foresee_bearer(db, user, draft->client_order_id);
    event_foresee(db, is_own ? user : STREAM_ALL);
}

void order_foresee_change(struct db *db, int64_t user, int64_t id)
{
    order_row_foresee(db, id);
    event_foresee(db, user);
}
