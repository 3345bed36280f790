// How columns stand, as a layout keeps it: no browser needed.
import assert from 'node:assert/strict';
import test from 'node:test';
import { ColumnLayout } from '../../assets/js/grid/column_layout.js';

const columns = ['id', 'instrument', 'side', 'price'].map((field) => (
  { field, title: field }));
const made = () => new ColumnLayout([
  { field: 'id', name: 'choose', isFixed: true }, ...columns]);

test('as the page has it there is nothing to keep but the order', () => {
  const layout = made();
  assert.ok(layout.isPlain);
  assert.deepEqual(layout.kept, { pinned: [], columns: columns.map(
    ({ field }) => ({ name: field })) });
  assert.equal(layout.has('choose'), false);
});

test('what is moved, sized, hidden and pinned is kept, and comes back', () => {
  const layout = made();
  layout.move('price', 'instrument');
  layout.size({ side: 91.6, id: 3, price: 5000 });
  layout.show('side', false);
  layout.pin('instrument', true);
  assert.deepEqual(layout.kept, { pinned: ['instrument'], columns: [
    { name: 'instrument' }, { name: 'id', width: 48 },
    { name: 'price', width: 1000 },
    { name: 'side', width: 92, visible: false }] });
  const other = made();
  let told = 0;
  other.onChange(() => told++);
  other.put(layout.kept);
  assert.deepEqual(other.kept, layout.kept);
  assert.equal(told, 1);
  other.put({});
  assert.ok(other.isPlain);
});

test('columns that there are not are passed over, others stand where they did',
  () => {
    const layout = made();
    layout.put({ columns: [{ name: 'price' }, { name: 'owner', width: 70 },
                           { name: 'price' }, { name: 'id' }],
                 pinned: ['owner'] });
    assert.deepEqual(layout.names, ['price', 'id', 'instrument', 'side']);
    assert.deepEqual(layout.kept.pinned, []);
    // Whatever a page of another release has kept.
    layout.put({ columns: [{ name: 'side', visible: 'yes', width: 0 }],
                 pinned: 'side' });
    assert.equal(layout.shown('side'), undefined);
    assert.equal(layout.isPinned('side'), true);
  });

test('a step goes past the next that is counted, and no further than the ends',
  () => {
    const layout = made();
    const seen = ['id', 'side', 'price'];
    assert.equal(layout.step('id', 1, seen), true);
    assert.deepEqual(layout.names, ['instrument', 'side', 'id', 'price']);
    assert.equal(layout.step('price', 1), false);
    assert.equal(layout.step('instrument', -1), false);
    assert.equal(layout.step('id', -1), true);
    assert.deepEqual(layout.names, ['instrument', 'id', 'side', 'price']);
    layout.step('side', 1);
    assert.deepEqual(layout.names, ['instrument', 'id', 'price', 'side']);
  });

test('what is moved among those that are pinned is pinned, and out of them not',
  () => {
    const layout = made();
    layout.pin('price', true);
    assert.deepEqual(layout.names, ['price', 'id', 'instrument', 'side']);
    layout.move('side', 'price');
    assert.deepEqual(layout.kept.pinned, ['side', 'price']);
    layout.move('side', null);
    assert.deepEqual(layout.kept.pinned, ['price']);
    assert.deepEqual(layout.names, ['price', 'id', 'instrument', 'side']);
  });
