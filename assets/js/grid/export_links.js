/*
 * All orders that are searched and filtered for, as files: links to them.
 */
import { served } from '../lib/base.js';
import { at } from '../lib/dom.js';
import { ownUrl, startOwnLink } from '../page/own_link.js';
import { exportUrl } from './orders_source.js';

const FORMATS = ['csv', 'ndjson'];

export function startExports() {
    FORMATS.forEach((format) => startOwnLink(at(`export-${format}`)));
}

/* url: of all that match, in the order of the rows. The file for spreadsheets has
 * nothing that they would take for a formula. */
export function linkExports(url) {
    for (const format of FORMATS) {
        const whole = ownUrl(exportUrl(url, format));

        at(`export-${format}`).href =
            served(format === 'csv' ? `${whole}&safe=1` : whole);
    }
}
