#pragma once
#include "web/access/call.h"
/* One handler per route; see web/routes.c for who may call them and on
 * which thread they run. */
#define ORDERS_AT_ONCE_MAX 1000 /* in one array */
#define INSTRUMENTS_AT_ONCE_MAX 1000

handler_fn desk_page, login_page, login_prepare, login_submit, logout_submit;
handler_fn api_root, me_read, healthz, readyz, asset_read, stream_hint,
    metrics_read, description_read, options_read;
handler_fn orders_list, orders_export, orders_table, orders_create, orders_bulk,
    orders_options;
handler_fn order_read, order_replace, order_update, order_delete, order_options,
    order_history, audit_list;
handler_fn market_list, market_read, market_bars, market_submit;
handler_fn views_list, view_end;
handler_fn sockets_list, socket_end, admin_read, admin_read_hour, latency_read;
handler_fn layouts_list, layout_read, layout_write, layout_delete,
    settings_read, settings_replace, settings_merge, settings_delete;
handler_fn instruments_list, instruments_table, instruments_create,
    instrument_read, instrument_update, instrument_delete;
handler_fn users_list, user_read, user_update, user_create_prepare,
    user_create_submit, user_password_prepare, user_password_submit, me_update,
    me_password_prepare, me_password_submit, confirm_prepare, confirm_submit,
    me_activity;
handler_fn factor_read, factor_begin, factor_verify, factor_prepare,
    factor_codes_submit, factor_remove_submit, user_factor_delete;
handler_fn sessions_list, sessions_delete, session_delete, user_sessions_list,
    user_sessions_delete, user_session_delete, user_tokens_list,
    user_token_delete;
handler_fn token_prepare, token_submit, tokens_list, token_delete,
    ticket_submit;
/* A page of the desk, which knows who is logged in, if anybody is. */
int desk_respond(struct call *call, int status, const char *asset,
                 struct err *err);
/* What those that write orders will read: see web_foresee(). */
void orders_foresee(struct call *call, int64_t user);
