#pragma once
#include "base/err.h"
#include "base/json.h"
#include "web/http/params.h"
#include "web/http/request.h"
/*
 * The body of a request as JSON or as a form: a leading brace or bracket is
 * JSON whatever the content type says; else application/json is JSON,
 * application/x-www-form-urlencoded or nothing is a form, others are
 * ERR_MEDIA_TYPE.
 */
#define INPUT_TYPES "application/json, application/x-www-form-urlencoded"
struct input {
    cJSON *json; /* NULL: a form */
    struct params form;
};
int input_read(const struct request *request, struct input *input,
               struct err *err);
void input_release(struct input *input); /* safe twice */
/* The text of a field; NULL when absent, or (JSON) no string. Borrowed. */
const char *input_text(const struct input *input, const char *name);
