#include "protocols/orders/view_frame.h"
#include "base/json.h"
#include "protocols/orders/reply.h"

#include <string.h>

#include "base/banned.h"

void view_frame_init(struct buf *out)
{
    buf_init(out, VIEW_FRAME_MAX);
}

/* Where an anchored window stands, and how many rows came above it since it was
 * answered. */
static void put_start(struct buf *out, const struct socket_view *view,
                      const struct order_page *page)
{
    json_put_int(out, "start", page->start);
    json_put_int(out, "above", page->start - view->first_start);
}

void view_frame_put_answer(struct buf *out, const struct socket_view *view,
                           const struct order_page *page)
{
    orders_ok_begin(out, "view", view->ref, NULL);
    json_put_str(out, "id", view->id);
    json_put_str(out, "stream", view->label);
    orders_put_position(out, view->socket->server, view->next_seq);
    if (view->has_draw)
        json_put_int(out, "draw", view->draw);
    if (view->is_anchored)
        json_put_int(out, "start", page->start);
    order_page_put(out, page);
    json_close(out);
}

void view_frame_put_patch(struct buf *out, const struct socket_view *view,
                          const struct order_page *page)
{
    json_open(out);
    json_put_str(out, "type", "view");
    json_put_str(out, "id", view->id);
    json_put_str(out, "stream", view->label);
    json_put_int(out, "from", view->seq);
    json_put_int(out, "seq", view->next_seq);
    if (page->time_us)
        json_put_time(out, "time", page->time_us);
    if (page->start != view->sent->start)
        put_start(out, view, page);
    order_page_put_change(out, view->sent, page);
    json_close(out);
}

void view_frame_put_changed(struct buf *out, const struct socket_view *view,
                            const char *ref)
{
    orders_ok_begin(out, "view", ref, NULL);
    json_put_str(out, "id", view->id);
    json_put_str(out, "stream", view->label);
    orders_put_position(out, view->socket->server, view->seq);
    if (view->is_anchored)
        json_put_int(out, "start", view->sent->start);
    json_close(out);
}

static const char *detail_of(const struct err *err)
{
    return err->field_count ? err->fields[0].text : err_public_text(err);
}

void view_frame_put_refusal(struct buf *out, const char *verb, const char *id,
                            const char *ref, const char *code,
                            const struct err *err)
{
    json_open(out);
    json_put_str(out, "command", verb);
    json_put_str(out, "status", "error");
    if (*ref)
        json_put_raw(out, "ref", ref, strlen(ref));
    if (*id)
        json_put_str(out, "id", id);
    json_put_str(out, "code", code);
    json_put_str(out, "detail", detail_of(err));
    if (err->field_count)
        json_put_errors(out, "errors", err);
    if (err->retry_after_s)
        json_put_int(out, "retry_ms", (int64_t)err->retry_after_s * 1000);
    json_close(out);
}

void view_frame_put_end(struct buf *out, const struct socket_view *view,
                        const char *code, const struct err *err)
{
    json_open(out);
    json_put_str(out, "type", "view");
    json_put_str(out, "id", view->id);
    json_put_str(out, "stream", view->label);
    json_open_key(out, "error");
    json_put_str(out, "code", code);
    json_put_str(out, "detail", detail_of(err));
    json_close(out);
    json_close(out);
}
