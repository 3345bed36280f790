// Bytes, bent a little: the same random numbers bend them the same way.
import { words } from './seeds.mjs';

const NUMBERS = ['0', '-1', '1', '7', String(2 ** 31), '9223372036854775808',
                 '18446744073709551616', '1' + '0'.repeat(30)];

function insert(bytes, at, more) {
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

function remove(bytes, at, count) {
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)]);
}

const ways = [
  (random, bytes, at) => { // another byte
    const bent = Buffer.from(bytes);
    bent[Math.min(at, bent.length - 1)] = random.below(256);
    return bent;
  },
  (random, bytes, at) =>
    insert(bytes, at, Buffer.from(random.pick(words), 'latin1')),
  (random, bytes, at) => remove(bytes, at, random.pick([1, 2, 8, 50])),
  (random, bytes, at) => { // some of it again
    const from = random.below(bytes.length);
    return insert(bytes, at,
      bytes.subarray(from, from + random.pick([1, 5, 30])));
  },
  (random, bytes, at) => { // another number
    const found = bytes.subarray(at).toString('latin1').match(/\d+/);
    if (!found) return bytes;
    return insert(remove(bytes, at + found.index, found[0].length),
                  at + found.index, Buffer.from(random.pick(NUMBERS)));
  },
];

export function mutate(random, text) {
  let bytes = Buffer.from(text);
  for (let left = random.pick([1, 1, 2, 4]); left > 0 && bytes.length; left--)
    bytes = random.pick(ways)(random, bytes, random.below(bytes.length + 1));
  return bytes;
}
