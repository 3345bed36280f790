/*
 * How long ago something was, told anew each second: as long as any is shown.
 */
import { element } from '../lib/dom.js';
import { parseTime } from '../lib/format.js';

const TICK_MS = 1000;
const STEPS = [[86400, 'd'], [3600, 'h'], [60, 'm'], [1, 's']];

let timer = 0;

/* A clock that is behind the server's has no time before an order was. */
export function ageWords(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const [length, unit] = STEPS.find(([one]) => seconds >= one) ?? STEPS.at(-1);

    return `${Math.floor(seconds / length)} ${unit}`;
}

/* time: as the wire has it. */
export function ageNode(time) {
    const node = element('time', { class: 'age' });

    node.dateTime = String(time ?? '');
    node.title = node.dateTime;
    tell(node);
    timer ||= setInterval(tick, TICK_MS);
    return node;
}

function tick() {
    const nodes = document.getElementsByClassName('age');

    if (!nodes.length) {
        clearInterval(timer);
        timer = 0;
    }
    for (const node of document.hidden ? [] : nodes) {
        tell(node);
    }
}

function tell(node) {
    const ms = parseTime(node.dateTime);
    const words = Number.isNaN(ms) ? '' : ageWords(Date.now() - ms);

    if (node.textContent !== words) {
        node.textContent = words;
    }
}
