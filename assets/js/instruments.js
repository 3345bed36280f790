/*
 * What staff say of instruments, read when it is first asked for, and anew after
 * a while. Of most symbols nothing may have been said.
 */
import { getRows } from './api.js';
import { multiplyDecimals } from './decimal.js';

const FRESH_MS = 60000;
const known = new Map(); /* symbol -> {instrument, at} */

/* What is known of it by now, or null. */
export const instrumentOf = (symbol) => known.get(symbol)?.instrument ?? null;

/* By what quantity times price is multiplied. */
export const multiplierOf = ({ instrument }) =>
    instrumentOf(instrument)?.multiplier ?? '1';

/* Of an order, in the currency of its instrument; null: its numbers are none. */
export const valueOf = (order) => multiplyDecimals(
    multiplyDecimals(order.quantity, order.price), multiplierOf(order));

/* Gives what is said of it, or null where nothing is. Throws a Problem. */
export async function readInstrument(symbol) {
    const found = known.get(symbol);

    if (found && performance.now() - found.at < FRESH_MS) {
        return found.instrument;
    }
    const [instrument = null] = await getRows(
        `/api/instruments/?${new URLSearchParams({ symbol })}`);

    known.set(symbol, { instrument, at: performance.now() });
    return instrument;
}
