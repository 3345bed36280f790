#pragma once
#include "config.h"
/*
 * The settings, one row each. config.c reads them, config_settings.c says what
 * they are.
 * Thread: any; read-only.
 */
enum setting_kind {
    SETTING_TEXT,
    SETTING_LIST, /* a flag given again adds to it, behind a comma */
    SETTING_NUMBER,
    SETTING_SWITCH,
};

/* Flag "--read-budget-ms", variable LWSAPP_READ_BUDGET_MS and file key
 * read_budget_ms all come from the one name. */
struct setting {
    const char *name; /* with '_' */
    enum setting_kind kind;
    size_t offset;
    size_t size; /* of the text */
    const char *fallback;
    long min, max;
    const char *help;
};

#define SETTINGS_MAX 96
extern const struct setting settings[];
extern const size_t settings_count;
