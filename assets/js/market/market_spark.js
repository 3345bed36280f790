/*
 * The last prices as a small line.
 */
const LINE = 1.25;

/* node: a canvas; its colour is its text's. */
export function drawSpark(node, points) {
    const scale = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = node;
    const pen = node.getContext('2d');

    if (node.width !== width * scale || node.height !== height * scale) {
        node.width = width * scale;
        node.height = height * scale;
    }
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    if (points.length < 2) {
        return;
    }
    const low = Math.min(...points);
    const range = Math.max(...points) - low || 1;
    const step = width / (points.length - 1);

    pen.strokeStyle = getComputedStyle(node).color;
    pen.lineWidth = LINE;
    pen.beginPath();
    points.forEach((price, i) => pen.lineTo(i * step,
        LINE + (height - 2 * LINE) * (1 - (price - low) / range)));
    pen.stroke();
}
