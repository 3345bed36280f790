// What is written at the axis of times of a plot, which is a picture.

// Runs in the page before its scripts do.
export function keepTexts() {
  const { prototype } = window.CanvasRenderingContext2D;
  const { clearRect, fillText } = prototype;
  window.texts = new Map(); // canvas -> what is written on it
  prototype.clearRect = function clear(...args) {
    window.texts.set(this.canvas, []);
    return clearRect.apply(this, args);
  };
  prototype.fillText = function fill(text, x, y, ...rest) {
    const half = this.measureText(text).width / 2;
    window.texts.get(this.canvas)?.push(
      { text, left: x - half, right: x + half, y });
    return fillText.call(this, text, x, y, ...rest);
  };
}

// Once there are some: [{text, left, right}], from the left, and the width of the
// plot, in its own pixels.
export async function axisOf(page, plot) {
  const found = await page.waitForFunction((selector) => {
    const canvas = document.querySelector(`${selector} canvas`);
    const all = (window.texts.get(canvas) ?? []).filter(({ text }) => text);
    const lowest = Math.max(...all.map(({ y }) => y));
    const labels = all.filter(({ y }) => y === lowest)
      .sort((one, other) => one.left - other.left);
    return labels.length > 1 && { labels, width: canvas.width };
  }, plot);
  return found.jsonValue();
}
