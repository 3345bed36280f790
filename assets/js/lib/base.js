/*
 * Where the pages are served: "" or, with a path in public_url, that ("/desk").
 * The code names paths as if there were none.
 */
export const base = new URL('../..', import.meta.url).pathname.slice(0, -1);

/* A path as the server is asked for it; other addresses stay as they are. */
export const served = (path) => path.startsWith('/') ? base + path : path;

/* And back. */
export const own = (path) => base && path.startsWith(`${base}/`)
    ? path.slice(base.length) : path;

/* Of the websocket. */
export function streamUrl() {
    const url = new URL(served('/data/stream/'), location.href);

    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return url.href;
}
