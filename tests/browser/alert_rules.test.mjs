// Which changes of an order are worth an alert: no browser needed.
import assert from 'node:assert/strict';
import test from 'node:test';
import { knownRules, metRules, ruleWords } from '../../assets/js/panels/alert_rules.js';

const order = (fields) => ({ id: 1, instrument: 'EDF01', status: 'new',
                             price: '10', quantity: '5', ...fields });
const met = (rule, event, before = null) =>
  metRules([rule], event, before).length === 1;
const update = (fields, changed) => (
  { type: 'data.update', order: order(fields), changed });

test('a status is met when it becomes so, and not while it stays', () => {
  const rule = { kind: 'status', value: 'filled' };
  assert.ok(met(rule, update({ status: 'filled' },
                             { status: ['new', 'filled'] })));
  assert.ok(!met(rule, update({ status: 'filled' }, { price: ['9', '10'] })));
  assert.ok(!met(rule, update({}, { status: ['filled', 'new'] })));
  assert.ok(met(rule, { type: 'data.new', order: order({ status: 'filled' }) }));
});

test('a price is met at the number and beyond, once', () => {
  for (const [kind, before, at, beyond] of [
    ['over', '9.99999999', '10', '92233720368.54775807'],
    ['under', '10.00000001', '10', '-3']]) {
    const rule = { kind, value: '10.0' };
    assert.ok(met(rule, update({ price: at }, { price: [before, at] })));
    assert.ok(met(rule, update({ price: beyond }, { price: [before, beyond] })));
    assert.ok(!met(rule, update({ price: before }, { price: [at, before] })));
    assert.ok(!met(rule, update({ price: beyond }, { price: [at, beyond] })));
  }
});

test('a size, of one instrument alone; what is removed meets nothing', () => {
  const rule = { kind: 'size', value: '1000', instrument: 'EDF01' };
  const placed = { type: 'data.new', order: order({ quantity: '1000' }) };
  assert.ok(met(rule, placed));
  assert.ok(!met({ ...rule, instrument: 'EDF' }, placed));
  assert.ok(!met(rule, { ...placed, type: 'data.delete' }));
});

test('a change that tells of no fields is held against what was known', () => {
  const rule = { kind: 'size', value: '6' };
  const event = update({ quantity: '7' });
  assert.ok(met(rule, event, order({ quantity: '5' })));
  assert.ok(!met(rule, event, order({ quantity: '6' })));
  assert.ok(!met(rule, event, null));
});

test('what nobody understands is no rule', () => {
  const good = { kind: 'over', value: '1' };
  assert.deepEqual(knownRules([good, null, { kind: 'toString', value: '1' },
                               { kind: 'over', value: 1 }]), [good]);
  assert.deepEqual(knownRules({}), []);
  assert.equal(knownRules(Array(60).fill(good)).length, 50);
  assert.equal(ruleWords({ kind: 'under', value: '1234.5', instrument: 'A' }),
               'A: price is 1,234.5 or under');
});
