/*
 * A page of a live view, and what patches make of it (docs/websocket.md). Knows
 * neither a socket nor a table.
 */

/* The page that an answer to a draw says. start: where it was asked for. */
export function pageOf(answer, start) {
    const { position, recordsTotal, recordsFiltered, data } = answer;

    return { seq: position?.seq ?? null, start: answer.start ?? start,
             recordsTotal, recordsFiltered, data };
}

/* The page behind a patch. A row that has not changed is the same object. */
export function applied(page, patch) {
    const rows = new Map([...page.data, ...patch.rows ?? []]
        .map((row) => [row.id, row]));

    return {
        seq: patch.seq,
        start: patch.start ?? page.start,
        recordsTotal: patch.recordsTotal ?? page.recordsTotal,
        recordsFiltered: patch.recordsFiltered ?? page.recordsFiltered,
        data: (patch.ids ?? page.data.map(({ id }) => id))
            .map((id) => rows.get(id)),
    };
}

/* Do rows that stand there, { ids, start }, stand as the page has them? */
export function isSamePlace({ data, start }, shown) {
    return start === shown.start && data.length === shown.ids.length &&
        data.every(({ id }, i) => id === shown.ids[i]);
}
