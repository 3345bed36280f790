/*
 * What is known of instruments by now. Of most symbols nothing may have been
 * said.
 */
import { multiplyDecimals } from '../lib/decimal.js';

const known = new Map(); /* symbol -> {instrument, at} */

/* instrument null: nothing is said of it. at: when that was so. */
export function knowInstrument(symbol, instrument, at) {
    known.set(symbol, { instrument, at });
}

/* When it became known, or -Infinity. */
export const knownSince = (symbol) => known.get(symbol)?.at ?? -Infinity;

/* What is known of it by now, or null. */
export const instrumentOf = (symbol) => known.get(symbol)?.instrument ?? null;

/* By what quantity times price is multiplied. */
export const multiplierOf = ({ instrument }) =>
    instrumentOf(instrument)?.multiplier ?? '1';

/* Of an order, in the currency of its instrument; null: its numbers are none. */
export const valueOf = (order) => multiplyDecimals(
    multiplyDecimals(order.quantity, order.price), multiplierOf(order));
