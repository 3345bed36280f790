#pragma once
#include "base/err.h"
#include "base/json.h"
#include "model/desk/instrument_column.h"
#include "web/http/params.h"
/*
 * An instrument's draft from a request: one JSON object, or a form. Every field
 * at fault is named at once.
 */
int instrument_input_json(const cJSON *object, bool is_new,
                          struct instrument_draft *draft, struct err *err);
int instrument_input_form(const struct params *form, bool is_new,
                          struct instrument_draft *draft, struct err *err);
