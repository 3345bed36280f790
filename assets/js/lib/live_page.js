/*
 * A page of a live view, and what patches make of it (docs/websocket.md). Knows
 * neither a socket nor a table.
 */

/* The page that an answer says. */
export function pageOf(answer) {
    const { position, start, recordsTotal, recordsFiltered, data } = answer;

    return { seq: position.seq, start, above: 0, recordsTotal,
             recordsFiltered, data };
}

/* Two patches as one; first: null where there is none. Rows that the newest
 * page has not got are let go, however long nobody looks. */
export function merged(first, second) {
    const rows = new Map(first?.rows);
    const ids = second.ids ?? first?.ids;
    const both = { ...first, ...second, rows };

    for (const row of second.rows ?? []) {
        rows.set(row.id, row);
    }
    if (ids) {
        const shown = new Set(ids);

        for (const id of rows.keys()) {
            if (!shown.has(id)) {
                rows.delete(id);
            }
        }
    }
    return both;
}

/* The page behind a merged patch. */
export function applied(page, patch) {
    const rows = new Map(page.data.map((row) => [row.id, row]));

    for (const [id, row] of patch.rows) {
        rows.set(id, row);
    }
    return {
        seq: patch.seq,
        start: patch.start ?? page.start,
        above: patch.above ?? page.above,
        recordsTotal: patch.recordsTotal ?? page.recordsTotal,
        recordsFiltered: patch.recordsFiltered ?? page.recordsFiltered,
        data: (patch.ids ?? page.data.map(({ id }) => id))
            .map((id) => rows.get(id)),
    };
}
