#pragma once
#include "base/err.h"
#include "base/json.h"
#include "model/orders/order.h"
#include "web/http/params.h"
/*
 * An order draft from a request: one JSON object, or a form. Every field at
 * fault is named at once.
 */
int order_input_json(const cJSON *object, struct order_draft *draft,
                     struct err *err);
int order_input_form(const struct params *form, struct order_draft *draft,
                     struct err *err);
