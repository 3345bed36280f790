/*
 * A QR code as a drawing: black on white whatever the looks are, since cameras
 * want it so.
 */
import { encodeQR } from '../../vendor/qr.js';

const SVG = 'http://www.w3.org/2000/svg';
const BORDER = 4; /* modules of white around it, as the standard demands */

function part(name, attributes) {
    const node = document.createElementNS(SVG, name);

    for (const [key, value] of Object.entries(attributes)) {
        node.setAttribute(key, value);
    }
    return node;
}

/* label: what it is, for who can't see it. */
export function qrCode(text, label) {
    const modules = encodeQR(text, 'raw', { border: BORDER });
    const size = modules.length;
    const svg = part('svg', {
        viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': label,
        'shape-rendering': 'crispEdges',
    });
    const path = modules.flatMap((line, y) => line.map(
        (dark, x) => dark ? `M${x} ${y}h1v1h-1z` : '')).join('');

    svg.append(
        part('rect', { width: size, height: size, fill: '#ffffff' }),
        part('path', { d: path, fill: '#000000' }));
    return svg;
}
