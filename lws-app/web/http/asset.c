#include "web/http/asset.h"

#include <string.h>

#include "base/banned.h"

const struct asset *asset_find(const char *path)
{
    size_t low = 0;
    size_t high = assets_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(path, assets[middle].path);

        if (order == 0)
            return &assets[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool asset_is_served(const char *path)
{
    return strncmp(path, "/assets/pages/", 14) != 0 && asset_find(path);
}
