/*
 * Links to what is the user's whose page this is: files and answers as they come
 * over the wire. The server gives them to nobody else who has logged in since, in
 * another tab; here it is said why.
 */
import { ignoreProblem, send, user } from '../lib/api.js';

/* Refused to others, wherever it is followed or copied to. */
export function ownUrl(url) {
    const mark = url.includes('?') ? '&' : '?';

    return user() ? `${url}${mark}asked_by=${encodeURIComponent(user())}` : url;
}

/* link: to such an address. It is looked first whose login there is. */
export function startOwnLink(link) {
    let isLookedAt = false;

    link.addEventListener('click', async (event) => {
        const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey ||
            event.altKey;

        if (isLookedAt || isElsewhere || !user()) {
            return;
        }
        event.preventDefault();
        if (await isStillOurs()) {
            isLookedAt = true;
            link.click();
            isLookedAt = false;
        }
    });
}

/* Where it is not, that has been said. Of a server that is not there the browser
 * tells. */
async function isStillOurs() {
    try {
        await send('GET', '/api/me/');
    } catch (error) {
        ignoreProblem(error);
        return error.status !== 401;
    }
    return true;
}
