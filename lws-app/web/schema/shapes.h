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
/* What limits a user, and how much of it is used. */
shape_field_fn limits_shape_field;
/* The resources of GET /api/. */
shape_field_fn resource_shape_field;
extern const struct shape_field me_fields[];

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
