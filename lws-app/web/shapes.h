#pragma once
#include "web/shape.h"
/*
 * Shapes that a table of columns, or of parameters, gives.
 * Thread: any. Never blocks.
 */
/* An order; one as a row of a DataTables answer; what may be written of it. */
shape_field_fn order_shape_field, order_row_shape_field,
    order_input_shape_field;
/* The resources of GET /api/. */
shape_field_fn resource_shape_field;
