/*
 * How many slips of the finger are between two words: a letter that is wrong,
 * too many or left out, and two that changed places, are one each.
 */
export function edits(a, b) {
    const from = [...a];
    const to = [...b];
    /* rows[i][j]: between the first i of the one and the first j of the
     * other. */
    const rows = [to.map((_, j) => j).concat(to.length)];

    for (let i = 1; i <= from.length; i++) {
        rows.push([i]);
        for (let j = 1; j <= to.length; j++) {
            const isSame = from[i - 1] === to[j - 1];
            const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] &&
                from[i - 2] === to[j - 1];

            rows[i].push(Math.min(
                rows[i - 1][j] + 1, rows[i][j - 1] + 1,
                rows[i - 1][j - 1] + (isSame ? 0 : 1),
                isSwap ? rows[i - 2][j - 2] + 1 : Infinity));
        }
    }
    return rows[from.length][to.length];
}
