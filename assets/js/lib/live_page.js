/*
 * A page of a live view, and what patches make of it (docs/websocket.md). Knows
 * neither a socket nor a table.
 */

/* The page that an answer to a draw says. start: where it was asked for. */
export function pageOf(answer, start) {
    const { position, recordsTotal, recordsFiltered, data, totals } = answer;

    return { seq: position?.seq ?? null, start: answer.start ?? start,
             recordsTotal, recordsFiltered, data, ...totals && { totals } };
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
        ...page.totals && { totals: patch.totals
            ? totalsOf(page.totals, patch.totals) : page.totals },
    };
}

/* Totals whose groups have sides. */
const BY_SIDE = new Set(['instrument', 'status_side']);

/* Of totals that could not be told ({ error }), all come with the next frame that
 * has some. */
function totalsOf(totals, patch) {
    if (totals.error || patch.error) {
        return patch;
    }
    const all = { ...totals };

    for (const kind of Object.keys(patch)) {
        all[kind] = BY_SIDE.has(kind)
            ? merged(all[kind], patch[kind],
                (sides, news) => merged(sides, news))
            : merged(all[kind], patch[kind]);
    }
    return all;
}

/* Groups that differ, null where one has gone; what is empty has gone, too. A
 * name may be any: these objects have none of their own. */
function merged(groups, patch, merge = (group, news) => news) {
    const all = Object.assign(Object.create(null), groups);

    for (const [name, news] of Object.entries(patch)) {
        const group = news && merge(all[name], news);

        if (group === null || !Object.keys(group).length) {
            delete all[name];
        } else {
            all[name] = group;
        }
    }
    return all;
}

/* Do rows that stand there, { ids, start }, stand as the page has them? */
export function isSamePlace({ data, start }, shown) {
    return start === shown.start && data.length === shown.ids.length &&
        data.every(({ id }, i) => id === shown.ids[i]);
}
