// Names that users give, in sentences: no browser needed.
import assert from 'node:assert/strict';
import test from 'node:test';
import { localWords } from '../../assets/js/lib/format.js';
import { isolated, shorten, typedName } from '../../assets/js/lib/names.js';
import { dealWords, orderWords } from '../../assets/js/orders/order_words.js';
import { readNumber } from '../../assets/js/lib/number_input.js';

const HEBREW = 'אגח 7';
const apart = (name) => `\u2068${name}\u2069`;

test('what is written from the right keeps to itself in a sentence', () => {
  const order = { id: 1234, side: 'buy', quantity: '1234', price: '12.5' };
  for (const name of [HEBREW, 'سهم', 'A\u200fB', 'ABC ب', '\u{10800}'])
    assert.equal(isolated(name), apart(name));
  // All else is what it is, so that it can be copied.
  for (const name of ['EDF01', 'Übergröße', '東京', '1-2', ''])
    assert.equal(isolated(name), name);
  assert.equal(orderWords({ ...order, instrument: HEBREW }),
               `order 1234 (Buy ${apart(HEBREW)})`);
  assert.equal(dealWords({ ...order, instrument: HEBREW }),
               `Buy 1,234 “${apart(HEBREW)}” @ 12.5 = 15,425`);
  // Nor is its beginning read as the end of a number.
  assert.equal(dealWords({ ...order, instrument: '0700' }),
               'Buy 1,234 “0700” @ 12.5 = 15,425');
  assert.equal(dealWords({ ...order, instrument: 'EDF01' }),
               'Buy 1,234 EDF01 @ 12.5 = 15,425');
});

test('no mark in a name ends what keeps it apart, or turns it', () => {
  assert.equal(isolated('\u2069\u202eDEF\u2067'), 'DEF');
  assert.equal(isolated('א\u2069\u202eDEF'), apart('אDEF'));
});

test('a name that is too long keeps its beginning and its end', () => {
  assert.equal(shorten('ABCDEFGHIJ', 10), 'ABCDEFGHIJ');
  assert.equal(shorten('ABCDEFGHIJK', 10), 'ABCDE…HIJK');
  assert.equal(shorten('ABCDEFGHIJKL', 9), 'ABCD…IJKL');
  assert.equal([...shorten('👩‍🚀'.repeat(20), 10)].filter(
    (one) => one === '\u200d').length, 9);
  const long = (end) => ({ side: 'sell', quantity: '1', price: '1',
                           instrument: `EUREX-OPTION-${'X'.repeat(240)}${end}` });
  assert.match(dealWords(long('P4800')), /^Sell 1 EUREX-OPTION-X+…X+P4800 @ 1/);
  assert.notEqual(dealWords(long('P4800')), dealWords(long('P4900')));
});

test('blanks around what is typed, and marks that are not seen, are not meant',
  () => {
    for (const text of ['EDF01', ' EDF01\t', '\u00a0EDF01\u2003',
      apart('EDF01'), '\ufeffEDF01\u200f'])
      assert.equal(typedName(text), 'EDF01');
    assert.equal(typedName('A  B'), 'A  B');
    assert.equal(typedName(null), '');
    assert.deepEqual(readNumber(apart('1,234'), 'en-US'), { value: '1234' });
  });

test('the server’s numbers are grouped as here, ids are names', () => {
  assert.equal(localWords('must be at most 1234.5, the limit'),
               'must be at most 1,234.5, the limit');
  assert.equal(localWords('order 1234 has 5678 of it; orders 1234'),
               'order 1234 has 5,678 of it; orders 1234');
});
