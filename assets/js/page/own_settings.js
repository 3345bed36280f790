/*
 * How a user wants the pages, kept on the server, for every browser that they
 * come by. Where it can't be read or kept, this browser's word counts.
 */
import { Problem, getJson, send } from '../lib/api.js';
import { ownName } from './me.js';

const PATH = '/api/me/settings/';
let sending = Promise.resolve();

/* Nobody is logged in, or may do nothing yet. */
const isNobody = () => !ownName() || document.body.dataset.setup === 'due';

/* {settings, version}. Throws a Problem. */
export const readKeptSettings = () => getJson(PATH);

/* {} where there are none. */
export async function readSettings() {
    if (isNobody()) {
        return {};
    }
    try {
        return (await getJson(PATH)).settings;
    } catch (error) {
        return ignored(error);
    }
}

/* settings: those that are set now. One change goes behind the other, and a page
 * that is left takes none of them back. version: the one that they are to be, or
 * any. Gives {settings, version}. Throws a Problem. */
export function saveSettings(settings, version) {
    const sent = sending.then(() => send('PATCH', PATH,
        settings, { version, keepalive: true }));

    sending = sent.catch(ignored);
    return sent;
}

/* Where it can't be done, nobody is told. */
export function keepSettings(settings) {
    if (!isNobody()) {
        saveSettings(settings).catch(ignored);
    }
}

function ignored(error) {
    if (!(error instanceof Problem)) {
        throw error;
    }
    return {};
}
