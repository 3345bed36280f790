// Every whole statement that stands in the sources, one a line: "FILE:LINE",
// a tab, the text. Neighbouring literals and macros of literals are put
// together; what is built from pieces as it runs is none of these.
//   node texts.mjs FOLDER...
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const files = process.argv.slice(2).flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => join(folder, name))).sort();
const sources = new Map(files.map((file) => [file, readFileSync(file, 'utf8')
  .replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))]));

const PIECE = String.raw`(?:"(?:[^"\\]|\\.)*"|\b[A-Z][A-Z0-9_]{3,}\b)`;
const RUN = String.raw`${PIECE}(?:(?:\s|\\\n)*${PIECE})*`;

const macros = new Map();
for (const source of sources.values()) {
  const define = new RegExp(String.raw`#define\s+([A-Z][A-Z0-9_]+)[ \t\\\n]+(${RUN})`, 'g');
  for (const [, name, pieces] of source.matchAll(define)) macros.set(name, pieces);
}

// null: a macro in it is no literal.
function join_pieces(run, depth = 0) {
  let text = '';
  for (const [piece] of run.matchAll(new RegExp(PIECE, 'g'))) {
    const more = piece[0] === '"'
      ? piece.slice(1, -1).replace(/\\(.)/g, '$1')
      : macros.has(piece) && depth < 4
        ? join_pieces(macros.get(piece), depth + 1)
        : null;
    if (more === null) return null;
    text += more;
  }
  return text;
}

for (const [file, source] of sources) {
  const code = source.replace(/^#define.*(?:\\\n.*)*/gm, (define) => define.replace(/[^\n]/g, ' '));
  for (const run of code.matchAll(new RegExp(RUN, 'g'))) {
    const text = join_pieces(run[0]);
    if (!/^(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) /.test(text ?? '')) continue;
    const line = code.slice(0, run.index).split('\n').length;
    console.log(`${file}:${line}\t${text}`);
  }
}
