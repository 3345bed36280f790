#pragma once
#include "base/err.h"
#include "web/http/response.h"
/*
 * Where a model error becomes HTTP.
 */
/* application/problem+json. Whatever the answer held is gone. */
void problem_respond(struct response *response, const struct err *err);
/* What its status demands beside the body, whatever that is. */
void problem_put_headers(struct response *response, const struct err *err);
int problem_status(enum err_code code);
