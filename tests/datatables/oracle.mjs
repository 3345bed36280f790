// What each condition means, said of one row at a time: the same words as
// README.md. A row is what the server itself shows in a plain draw.

const fold = (value) => String(value).toLowerCase();
const isNothing = (value) => value === null || value === undefined ||
  value === '';

// Blanks separate words, each of which is in some column; "..." is one word,
// and !word is in none.
export function words(text) {
  return [...text.matchAll(/(!?)(?:"([^"]*)"|(\S+))/g)]
    .map(([, not, phrase, word]) => ({ not: not === '!',
                                       word: fold(phrase ?? word) }))
    .filter(({ word }) => word !== '');
}

export const finds = (row, columns, text) => words(text).every(
  ({ not, word }) => not !== columns.some((name) => !isNothing(row[name]) &&
    fold(row[name]).includes(word)));

const day = (value) => String(value).slice(0, 10);

// How values of a type are compared.
const READ = { num: Number, date: day, text: fold, choice: fold };

const MEANS = {
  '=': (a, [b]) => a === b,
  '<': (a, [b]) => a < b,
  '<=': (a, [b]) => a <= b,
  '>': (a, [b]) => a > b,
  '>=': (a, [b]) => a >= b,
  between: (a, [b, c]) => a >= b && a <= c,
  contains: (a, [b]) => a.includes(b),
  starts: (a, [b]) => a.startsWith(b),
  ends: (a, [b]) => a.endsWith(b),
};

// What is nothing at all meets no condition but "null", and so every negated
// one.
export function meets(row, column, condition, values) {
  const name = condition.replace(/^!/, '');
  const read = READ[column.type];
  const value = row[column.data];
  const is = name === 'null' ? isNothing(value)
    : !isNothing(value) && MEANS[name](read(value), values.map(read));
  return is === (name === condition);
}

// A tree of SearchBuilder's.
export function meetsGroup(row, { logic, criteria }, columnOf) {
  const one = (node) => node.criteria ? meetsGroup(row, node, columnOf)
    : meets(row, columnOf(node.data), node.condition, node.value);
  return logic === 'OR' ? criteria.some(one) : criteria.every(one);
}

export function counts(rows, name) {
  const found = new Map();
  for (const row of rows) {
    const value = isNothing(row[name]) ? '' : String(row[name]);
    found.set(value, (found.get(value) ?? 0) + 1);
  }
  return found;
}
