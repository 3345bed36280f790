#pragma once
#include <stdbool.h>
#include <stddef.h>
/*
 * The files that the program carries: assets/ and the page's packages from npm,
 * built in by scripts/embed-assets, sorted by path.
 * Thread: any; read-only.
 */
struct asset {
    const char *path; /* "/assets/js/dashboard.js" */
    const char *type; /* content type */
    const char *etag; /* quoted hash of the bytes */
    const unsigned char *data;
    size_t len;
    const unsigned char *gzip; /* the same, compressed; NULL: no gain */
    size_t gzip_len;
};
extern const struct asset assets[];
extern const size_t assets_count;

const struct asset *asset_find(const char *path); /* NULL: no such file */
/* Is it there, and served as it is? Pages hold slots: they are served filled,
 * at paths of their own. */
bool asset_is_served(const char *path);
