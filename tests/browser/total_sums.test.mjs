// Totals of a view, as frames bring them and as they are shown: no browser
// needed.
import assert from 'node:assert/strict';
import test from 'node:test';
import { knowInstrument } from '../../assets/js/orders/instruments.js';
import { applied, pageOf } from '../../assets/js/lib/live_page.js';
import { notionals, oneNotional, sideNotionals, sumsOf } from '../../assets/js/panels/total_sums.js';

const group = (count, quantity, notional) => ({ count, quantity, notional });
const plain = (totals) => JSON.parse(JSON.stringify(totals));
const answer = (totals) => ({ position: { seq: 1 }, recordsTotal: 1,
                              recordsFiltered: 1, data: [], totals });

test('a patch has the groups that differ, and null for those that went', () => {
  const page = pageOf(answer({
    side: { buy: group(2, '5', '50') },
    instrument: { A: { buy: group(1, '2', '20'), sell: group(1, '1', '9') },
                  B: { buy: group(1, '3', '30') } },
  }), 0);
  const next = applied(page, { seq: 2, totals: {
    side: { buy: group(1, '2', '20'), sell: group(1, '1', '9') },
    instrument: { A: { sell: null }, B: { buy: null, sell: group(1, '4', '8') } },
  } });
  assert.deepEqual(plain(next.totals), {
    side: { buy: group(1, '2', '20'), sell: group(1, '1', '9') },
    instrument: { A: { buy: group(1, '2', '20') },
                  B: { sell: group(1, '4', '8') } },
  });
  // The page before is as it was.
  assert.equal(page.totals.instrument.A.sell.quantity, '1');
  assert.equal(applied(next, { seq: 3 }).totals, next.totals);
});

test('states have sides, where they were asked for with them', () => {
  const page = pageOf(answer({
    status_side: { new: { buy: group(2, '5', '50'), sell: group(1, '1', '9') } },
  }), 0);
  const { totals } = applied(page, { seq: 2, totals: { status_side:
    { new: { buy: null }, filled: { buy: group(1, '2', '20') } } } });
  assert.deepEqual(plain(totals), { status_side: {
    new: { sell: group(1, '1', '9') }, filled: { buy: group(1, '2', '20') } } });
});

test('an instrument of which nothing is left has nothing', () => {
  const page = pageOf(answer({ instrument: { A: { buy: group(1, '2', '20') } } }),
                      0);
  const { totals } = applied(page,
    { seq: 2, totals: { instrument: { A: { buy: null } } } });
  assert.deepEqual(plain(totals), { instrument: {} });
});

test('an instrument may be called anything', () => {
  for (const name of ['error', '__proto__', 'constructor', 'toString']) {
    const named = (group) => JSON.parse(
      `{"instrument":{${JSON.stringify(name)}:{"buy":${JSON.stringify(group)}}}}`);
    const page = pageOf(answer(named(group(1, '2', '20'))), 0);
    const next = applied(page, { seq: 2, totals: named(group(2, '3', '30')) });
    assert.deepEqual(Object.keys(next.totals.instrument), [name]);
    assert.deepEqual(notionals(next.totals.instrument), [['', '30']]);
    const other = applied(pageOf(answer({ instrument: {} }), 0),
      { seq: 2, totals: named(group(1, '2', '20')) });
    assert.deepEqual(Object.keys(other.totals.instrument), [name]);
  }
});

test('too many to tell, and all of them again', () => {
  const page = pageOf(answer({ side: { buy: group(1, '2', '20') } }), 0);
  const many = applied(page, { seq: 2, totals: { error: 'too_many' } });
  assert.deepEqual(many.totals, { error: 'too_many' });
  assert.deepEqual(applied(many,
    { seq: 3, totals: { side: { sell: group(1, '1', '1') } } }).totals,
  { side: { sell: group(1, '1', '1') } });
});

test('a page that was asked for none has none', () => {
  const page = pageOf(answer(undefined), 0);
  assert.equal('totals' in page, false);
  assert.equal('totals' in applied(page, { seq: 2 }), false);
});

test('sums are exact, whatever their size', () => {
  assert.deepEqual(sumsOf({ buy: group(2, '92233720368547758.07', '0'),
                            sell: group(1, '0.00000001', '0') }),
  { count: 3, bought: '92233720368547758.07', sold: '0.00000001',
    net: '92233720368547758.06999999' });
  assert.deepEqual(sumsOf({ sell: group(1, '4', '8') }),
                   { count: 1, bought: '0', sold: '4', net: '-4' });
  assert.deepEqual(sumsOf(), { count: 0, bought: '0', sold: '0', net: '0' });
});

test('notional by currency, by the multiplier of each instrument', () => {
  knowInstrument('FGBL', { currency: 'EUR', multiplier: '1000' }, 0);
  knowInstrument('EDF01', { currency: 'EUR', multiplier: '1' }, 0);
  knowInstrument('AAPL', { currency: 'USD', multiplier: '1' }, 0);
  assert.deepEqual(notionals({
    NONE: { buy: group(1, '1', '7') },
    FGBL: { buy: group(1, '1', '130.01'), sell: group(1, '1', '0.5') },
    EDF01: { sell: group(1, '1', '10.25') },
    AAPL: { buy: group(1, '1', '-3') },
  }), [['EUR', '130520.25'], ['USD', '-3'], ['', '7']]);
});

test('what all instruments have in common makes a notional of any of their orders',
  () => {
    const sides = { buy: group(1, '2', '20'), sell: group(1, '1', '9') };
    knowInstrument('SUM1', { currency: 'EUR', multiplier: '10' });
    knowInstrument('SUM2', { currency: 'EUR', multiplier: '10' });
    knowInstrument('SUM3', { currency: 'USD', multiplier: '10' });
    knowInstrument('SUM4', { currency: 'EUR', multiplier: '5' });
    assert.deepEqual(oneNotional(sides, ['SUM1', 'SUM2']), ['EUR', '290']);
    assert.deepEqual(oneNotional(sides, ['none', 'of these']), ['', '29']);
    for (const other of ['SUM3', 'SUM4', 'unknown'])
      assert.equal(oneNotional(sides, ['SUM1', other]), null);
    assert.deepEqual(sideNotionals({ SUM1: sides, SUM3: sides,
                                     X: { sell: group(1, '1', '1') } }, 'sell'),
                     [['EUR', '90'], ['USD', '90'], ['', '1']]);
  });
