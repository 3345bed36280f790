/*
 * Room for the longest fraction so far, per column: the points stand in line,
 * and the room never becomes smaller while someone reads. At most 8 digits.
 */
import { fractionDigits, fractionRoom } from '../lib/format.js';

export class FractionRoom {
    #element;
    #digits = { quantity: 0, price: 0, filled_quantity: 0,
                average_price: 0 };

    constructor(element) {
        this.#element = element;
    }

    fit(order) {
        for (const field of Object.keys(this.#digits)) {
            const digits = fractionDigits(order[field]);

            if (digits > this.#digits[field]) {
                this.#digits[field] = digits;
                this.#element.style.setProperty(
                    `--${field}-fraction`, fractionRoom(digits));
            }
        }
    }
}
