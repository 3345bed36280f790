#include "protocols/orders/view.h"

#include <utlist.h>

#include "base/banned.h"

static void set_row(const struct socket_view *view)
{
    const struct server *server = view->socket->server;
    struct views_cost cost;
    struct view_row row;

    views_get_cost(&view->follower, &cost);
    row = (struct view_row){
        .owner = view->state == VIEW_LOOKUP ? -1 : view->owner,
        .engine_us = cost.engine_us,
        .bytes = cost.bytes,
        .sharers = cost.sharers,
    };
    view_list_set(server->web->view_list, server->worker, view->place, &row);
}

void orders_list_views(struct server *server)
{
    lws_start_foreach_dll(struct lws_dll2 *, at, server->orders->sockets.head)
    {
        const struct orders_socket *s =
            lws_container_of(at, struct orders_socket, in_all);
        const struct socket_view *view;

        LL_FOREACH(s->views, view)
        {
            set_row(view);
        }
    }
    lws_end_foreach_dll(at);
}
