#pragma once
#include "web/query/shape.h"
/*
 * Shapes that a table of columns, or of parameters, gives, and those that stand
 * in files of their own.
 * Thread: any. Never blocks.
 */
/* An order; one as a row of a DataTables answer; what may be written of it. */
shape_field_fn order_shape_field, order_row_shape_field,
    order_input_shape_field;
/* A user; what may be written of a new one, of one there is, of oneself; the
 * filters of the list. */
shape_field_fn user_shape_field, user_input_shape_field,
    user_change_shape_field, me_change_shape_field, user_filter_shape_field;
/* An instrument; one as a row of a DataTables answer; what may be written of a
 * new one, and of one there is. */
shape_field_fn instrument_shape_field, instrument_row_shape_field,
    instrument_input_shape_field, instrument_change_shape_field;
extern const struct shape_field instrument_list_fields[],
    instrument_table_fields[], instrument_list_arguments_fields[];
/* Layouts and settings. */
extern const struct shape_field layout_fields[], layout_row_fields[],
    layout_list_fields[], layout_arguments_fields[], layout_input_fields[],
    layout_content_fields[], layout_column_fields[], layout_order_fields[],
    settings_fields[], settings_content_fields[], settings_ticket_fields[],
    settings_instrument_fields[];
/* What limits a user, and how much of it is used. */
shape_field_fn limits_shape_field;
/* The resources of GET /api/. */
shape_field_fn resource_shape_field;
extern const struct shape_field me_fields[];
extern const struct shape_field second_factor_fields[],
    second_factor_secret_fields[], second_factor_code_fields[],
    password_and_code_fields[], recovery_codes_fields[];
extern const struct shape_field import_fields[], import_done_fields[],
    import_fault_fields[], import_row_fields[], import_bearer_fields[];
extern const struct shape_field market_fields[], market_arguments_fields[],
    market_feed_fields[], market_quote_fields[], market_symbol_fields[],
    market_dropped_fields[], market_bars_arguments_fields[],
    market_bars_fields[], market_line_fields[], market_trade_fields[],
    market_queued_fields[];
shape_field_fn market_quote_shape_field;
void market_put_bar_shape(struct buf *out);
extern const struct shape_field spread_fields[], latency_fields[],
    figures_fields[], machine_fields[], hour_step_fields[], hour_fields[],
    socket_fields[], socket_list_fields[], view_fields[], view_list_fields[];
extern const char *const shape_redis_words[];
extern const char *const shape_durability_words[]; /* 0: local, 1: standby */

/* For tables of fields. */
#define NONE .least = 0
#define MAY_BE_NULL .flags = SHAPE_NULL
#define OPTIONAL .flags = SHAPE_OPTIONAL
#define HELP(text) .help = text
#define OF(what) .of = what
#define RANGE(from, to) .least = from, .most = to
#define END                                                                    \
    {                                                                          \
        .name = NULL                                                           \
    }
