#pragma once
/* schema.sql, built in. */
extern const char schema_text[];
