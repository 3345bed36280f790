#pragma once
#include "base/gzip.h"
#include "web/http/request.h"
#include "web/http/response.h"
/*
 * Answers, compressed where the client takes that.
 * Thread: any. Never blocks.
 */
#define PACK_MIN 1024 /* what is shorter is sent as it is */
/* At most so much where nothing else can be done meanwhile. */
#define PACK_LOOP_MAX 65536

bool pack_is_wanted(const struct request *request);
/* Puts the body's compressed form in its place; its first head_len bytes stay
 * as they are, for other answers to begin otherwise. *part: of what is behind
 * them; its bytes are the body's. Without memory the body stays what it was,
 * and part->len 0. */
void pack_body(struct response *response, size_t head_len,
               struct gzip_part *part);
/* A body of head and of a part of another one. */
void pack_put(struct response *response, const char *head, size_t head_len,
              const struct gzip_part *part);
