/*
 * Rows that stay where they stand, though the page has others by now: read one
 * by one, as they may have changed while nobody told.
 */
import { getJson } from '../lib/api.js';

/* changed(order); gone(id): it is no more. Throws a Problem. */
export async function renewRows(orders, { changed, gone }) {
    for (const { id } of orders) {
        try {
            changed(await getJson(`/api/data/${id}/`));
        } catch (error) {
            if (error.status !== 404) {
                throw error;
            }
            gone(id);
        }
    }
}
