#include "protocols/orders/view_share.h"

#include <string.h>

#include "base/banned.h"

#define SHARED_BYTES_MAX 65536 /* larger ones are few, and not kept */

static struct view_patch *place_of(const struct socket_view *view,
                                   const struct order_page *page)
{
    uintptr_t mix = ((uintptr_t)view->sent ^ ((uintptr_t)page >> 4)) >> 4;

    return &view->socket->server->orders
                ->patches[(mix ^ (mix >> 8)) % VIEW_PATCHES];
}

/* All that view_frame_put_patch() looks at. */
static bool is_for(const struct view_patch *patch,
                   const struct socket_view *view,
                   const struct order_page *page)
{
    return patch->frame && patch->from == view->sent && patch->to == page &&
           patch->seq == view->seq && patch->next_seq == view->next_seq &&
           patch->first_start == view->first_start &&
           !strcmp(patch->id, view->id) && !strcmp(patch->label, view->label);
}

static void release(struct view_patch *patch)
{
    order_page_unref(patch->from);
    order_page_unref(patch->to);
    frame_unref(patch->frame);
    memset(patch, 0, sizeof(*patch));
}

struct frame *view_share_find(const struct socket_view *view,
                              const struct order_page *page)
{
    const struct view_patch *patch = place_of(view, page);

    return is_for(patch, view, page) ? frame_ref(patch->frame) : NULL;
}

void view_share_keep(const struct socket_view *view, struct order_page *page,
                     struct frame *frame)
{
    struct view_patch *patch = place_of(view, page);

    if (frame->len > SHARED_BYTES_MAX)
        return;
    release(patch);
    *patch = (struct view_patch){.from = order_page_ref(view->sent),
                                 .to = order_page_ref(page),
                                 .frame = frame_ref(frame),
                                 .seq = view->seq,
                                 .next_seq = view->next_seq,
                                 .first_start = view->first_start};
    memcpy(patch->id, view->id, sizeof(view->id));
    memcpy(patch->label, view->label, sizeof(view->label));
}

void view_share_release(struct orders *orders)
{
    for (size_t i = 0; i < VIEW_PATCHES; i++)
        release(&orders->patches[i]);
}
