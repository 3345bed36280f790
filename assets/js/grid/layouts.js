/*
 * Layouts by their names, as the server keeps them: a user's own, and those that
 * staff share with all.
 */
import { getJson, getRows, send } from '../lib/api.js';

const PATH = '/api/me/layouts/';

const pathOf = (name) => `${PATH}${encodeURIComponent(name)}/`;

/* [{name, shared, version}] */
export const listLayouts = () => getRows(PATH);

/* {name, shared, version, layout}. Throws a Problem. */
export const readLayout = ({ name, shared }) =>
    getJson(pathOf(name) + (shared ? '?shared=true' : ''));

/* version: the one that it replaces; undefined: there must be none yet; null:
 * whatever there is. Gives it as it is kept. Throws a Problem. */
export const writeLayout = ({ name, shared, version }, layout) =>
    send('PUT', pathOf(name), shared ? { layout, shared } : { layout },
        { version: version ?? undefined, isNew: version === undefined });

/* Throws a Problem. */
export const removeLayout = ({ name, shared, version }) =>
    send('DELETE', pathOf(name) + (shared ? '?shared=true' : ''), undefined,
        { version });
