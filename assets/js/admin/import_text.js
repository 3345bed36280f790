/*
 * A file of rows, as text, in parts that one request may bring: the server reads
 * them, here is only known where one row ends and the next begins.
 */
export const FILE_MAX = 64 * 1024 * 1024;
const PART_ROWS = 1000;
const PART_CHARS = 200_000; /* a megabyte at most, as JSON */

/* Throws an Error whose message says what to do. */
export async function readText(file, encoding) {
    if (file.size > FILE_MAX) {
        throw new Error('The file is larger than 64 MiB: use the command ' +
            'lws-app import');
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    const mark = bytes[0] * 256 + bytes[1];

    if (bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3) {
        throw new Error(`${file.name} is a workbook, not text: save it as CSV ` +
            'and choose that');
    }
    const by = encoding || (mark === 0xfffe ? 'utf-16le'
        : mark === 0xfeff ? 'utf-16be' : 'utf-8');

    const text = decoded(bytes, by);
    const nul = text.indexOf('\0');

    if (nul >= 0) {
        throw new Error(`Line ${text.slice(0, nul).split('\n').length} of ${
            file.name} holds NUL: choose what it is written in`);
    }
    return text;
}

function decoded(bytes, by) {
    try {
        return new TextDecoder(by, { fatal: true }).decode(bytes);
    } catch {
        throw new Error(`The file is not ${by.toUpperCase()}: choose its ` +
            'encoding');
    }
}

export const isCsv = (name) => !/\.(ndjson|jsonl|json)$/i.test(name);

/* [text with its end, lines it spans] of each record; of CSV a quoted cell may
 * hold lines. */
function* records(text, csv) {
    const ends = csv ? /"|\r\n|\n|\r/g : /\n/g;
    let from = 0;
    let lines = 0;
    let isQuoted = false;

    for (const { 0: mark, index } of text.matchAll(ends)) {
        if (mark === '"') {
            isQuoted = !isQuoted;
            continue;
        }
        lines++;
        if (!isQuoted) {
            yield [text.slice(from, index + mark.length), lines];
            from = index + mark.length;
            lines = 0;
        }
    }
    if (from < text.length) {
        yield [text.slice(from), lines + 1];
    }
}

/* Before the row with the heads: nothing, or Excel's word on the mark. */
const isBeforeHead = (record) => !record.trim() ||
    /^sep=[,;\t][ \r\n]*$/i.test(record);

/* {text, lines_before, first} of each part; of CSV each begins with the head.
 * first: the line of the file that its rows begin at. */
export function* parts(text, csv) {
    let head = '';
    let headLines = 0;
    let isHead = csv;
    let line = 0; /* records end there */
    let begin = 0; /* of the part */
    let rows = 0;
    let part = '';

    const made = () => ({ text: head + part, lines_before: begin - headLines,
                          first: begin + 1 });

    for (const [record, lines] of records(text, csv)) {
        line += lines;
        if (isHead) {
            head += record;
            headLines = begin = line;
            isHead = isBeforeHead(record);
            continue;
        }
        if (rows && (rows === PART_ROWS ||
            head.length + part.length + record.length > PART_CHARS)) {
            yield made();
            begin = line - lines;
            rows = 0;
            part = '';
        }
        part += record;
        rows += record.trim() ? 1 : 0;
    }
    yield made();
}

/* The cells of the first row of CSV. */
export function headOf(text) {
    for (const [record] of records(text, true)) {
        if (!isBeforeHead(record)) {
            return cellsOf(record.replace(/[\r\n]+$/, ''));
        }
    }
    return [];
}

function cellsOf(record) {
    const bare = record.replace(/"[^"]*"/g, '');
    const [mark] = [',', ';', '\t'].map((one) => [one,
        bare.split(one).length]).reduce((best, one) =>
        one[1] > best[1] ? one : best);
    const cells = [''];
    let isQuoted = false;

    for (let i = 0; i < record.length; i++) {
        const c = record[i];

        if (c === '"' && isQuoted && record[i + 1] === '"') {
            cells[cells.length - 1] += record[++i];
        } else if (c === '"') {
            isQuoted = !isQuoted;
        } else if (c === mark && !isQuoted) {
            cells.push('');
        } else {
            cells[cells.length - 1] += c;
        }
    }
    return cells.map((cell) => cell.trim());
}
