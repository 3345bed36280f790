#pragma once
#include "base/buf.h"
/* A schema, as the file of that path has it: LWSAPP_SCHEMA and others. */
void schema_read(const char *path, struct buf *text);
