// A file of orders in the admin: chosen, understood, looked at, placed; by mouse
// and by keys.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Desk, byId, closeBrowser, openBrowser, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const file = (name, text) => ({ name, mimeType: 'text/csv',
  buffer: Buffer.isBuffer(text) ? text : Buffer.from(text) });
const says = (page, text) => byId(page, 'import-said')
  .filter({ hasText: text }).waitFor();
const cells = (page, id) => byId(page, id).locator('tbody tr').evaluateAll(
  (rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText)));
const count = async (world) => (await (await world.token('boss'))
  .get('/api/data/?scope=all')).body.count;
const open = async (desk) => {
  const page = await desk.at('/admin/', 'boss');
  await page.locator('#places a').filter({ hasText: 'Import' }).click();
  await page.waitForURL('**/admin/import/');
  assert.equal(await page.locator('#places [aria-current]').innerText(),
               'Import');
  return page;
};
const choose = (page, name, text) => byId(page, 'import-file')
  .setInputFiles(file(name, text));

test('a file is checked, mended, checked again and imported, by mouse',
  withDesk({}, { expected: [/status of 400/] }, async (world, desk) => {
    const page = await open(desk);
    await choose(page, 'orders.csv',
      'Symbol;Quantity;Price;Notes\nEDF01;100;10,25;x\n<b>TTE</b>;0;abc;y\n');
    // What a head does not say itself is chosen.
    assert.equal(await byId(page, 'import-column-1').inputValue(), 'quantity');
    assert.equal(await byId(page, 'import-column-0').inputValue(), '?');
    await byId(page, 'import-check').click();
    await byId(page, 'import-faults').locator('td').first().waitFor();
    assert.match((await cells(page, 'import-faults'))[0].join(),
                 /^1,.*Symbol.*instrument/);
    await byId(page, 'import-column-0').selectOption('instrument');
    await byId(page, 'import-column-3').selectOption('');
    await byId(page, 'import-owner').fill('demo');
    await byId(page, 'import-check').click();
    await says(page, '2 rows, 1 with errors: nothing was done.');
    const [[line, words]] = await cells(page, 'import-faults');
    assert.equal(line, '3');
    assert.match(words, /quantity: .*; price: /);
    assert.ok(await byId(page, 'import-run').isDisabled());

    await choose(page, 'orders.csv',
      'Symbol;Quantity;Price;Notes\nEDF01;100;10,25;x\n<b>TTE</b>;7;2;y\n');
    await byId(page, 'import-column-0').selectOption('instrument');
    await byId(page, 'import-column-3').selectOption('');
    await byId(page, 'import-check').click();
    await says(page, '2 orders would be placed.');
    assert.equal(await byId(page, 'import-run').innerText(),
                 'Place 2 orders for demo');
    assert.deepEqual(await cells(page, 'import-rows'), [
      ['2', 'EDF01', 'demo', 'buy', '100', '10.25', 'new', 'new'],
      ['3', '<b>TTE</b>', 'demo', 'buy', '7', '2', 'new', 'new']]);
    assert.equal(await count(world), 0);
    await byId(page, 'import-run').click();
    await says(page, '2 orders placed.');
    assert.equal(await count(world), 2);
    assert.equal(await byId(page, 'import-run').innerText(), 'Import');
    // Not twice by the same click.
    assert.ok(await byId(page, 'import-run').isDisabled());
  }));

test('a head with the marks of a map is mapped', withDesk({}, {},
  async (world, desk) => {
    const page = await open(desk);
    await choose(page, 'orders.csv',
      'sep=,\ninstrument,quantity,"Price, ""EUR"" = 1"\nEDF01,100,10.25\n');
    await byId(page, 'import-column-2').selectOption('price');
    await byId(page, 'import-owner').fill('demo');
    await byId(page, 'import-check').click();
    await says(page, '1 order would be placed.');
    assert.equal((await cells(page, 'import-rows'))[0][5], '10.25');
  }));

test('and by keys alone', withDesk({}, {}, async (world, desk) => {
  const page = await desk.at('/admin/import/', 'boss');
  await byId(page, 'import-file').focus();
  await choose(page, 'orders.ndjson',
    '{"instrument":"K","quantity":"1","price":"2","client_order_id":"k"}\n');
  await page.keyboard.press('Tab');
  await page.keyboard.type('demo');
  await page.keyboard.press('Enter');
  await says(page, '1 order would be placed.');
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    if (await byId(page, 'import-run').evaluate((node) =>
      node === document.activeElement)) break;
  }
  await page.keyboard.press('Enter');
  await says(page, '1 order placed.');
  assert.equal(await count(world), 1);
  await byId(page, 'import-owner').focus();
  await page.keyboard.press('Enter');
  await says(page, '0 orders would be placed, 1 already there.');
  assert.ok(await byId(page, 'import-run').isDisabled());
}));

test('a large file goes in parts, and ends before the first row at fault',
  withDesk({}, { expected: [/status of 400/] }, async (world, desk) => {
    const page = await open(desk);
    const rows = Array.from({ length: 2500 }, (_, i) =>
      i % 7 ? `A${i},1,1,c${i}` : `"A\u00e4 ""${i}""",1,1,c${i}`);
    const text = `instrument,quantity,price,client_order_id\r\n${
      rows.join('\r\n')}\r\n`;
    // As a spreadsheet writes it.
    await choose(page, 'orders.csv', Buffer.from(`\ufeff${text}`, 'utf16le'));
    await byId(page, 'import-check').click();
    await says(page, '2,500 orders would be placed.');
    await byId(page, 'import-run').click();
    await says(page, '2,500 orders placed.');
    assert.equal(await count(world), 2500);

    const bad = rows.map((row, i) => row.replace(/c(\d+)$/, 'd$1')
      .replace(/,1,1,/, i === 1700 ? ',0,1,' : ',1,1,'));
    await choose(page, 'more.csv', `instrument,quantity,price,client_order_id\n${
      bad.join('\n')}\n`);
    await byId(page, 'import-check').click();
    await says(page, '2,500 rows, 1 with errors: nothing was done.');
    assert.equal((await cells(page, 'import-faults'))[0][0], '1,702');
    // Whoever sends it all the same is told how far it went.
    await byId(page, 'import-run').evaluate((node) => { node.disabled = false; });
    await byId(page, 'import-run').click();
    await says(page,
      '1,000 orders placed, none from line 1,002 on: line 1,702 has an error.');
    assert.equal(await count(world), 3500);
  }));

test('a check knows a client_order_id from another part of the file',
  withDesk({}, {}, async (world, desk) => {
    const page = await open(desk);
    const rows = Array.from({ length: 1500 }, (_, i) => `A,1,${i + 1},k${i}`);
    const text = () => ['instrument,quantity,price,client_order_id', ...rows]
      .join('\n');
    rows[1400] = rows[3];
    await choose(page, 'orders.csv', text());
    await byId(page, 'import-owner').fill('demo');
    await byId(page, 'import-check').click();
    await says(page, '1,499 orders would be placed, 1 already there.');
    rows[1400] = 'A,1,1,k1400';
    rows[1200] = 'A,1,7,k3';
    await choose(page, 'orders.csv', text());
    await byId(page, 'import-check').click();
    await says(page, '1,500 rows, 1 with errors: nothing was done.');
    assert.deepEqual(await cells(page, 'import-faults'), [['1,202',
      'client_order_id: is also that of line 5, which is a different order']]);
    assert.ok(await byId(page, 'import-run').isDisabled());
    assert.equal(await count(world), 0);
  }));

test('what it is written in is asked for, and what can be none is said',
  withDesk({}, {}, async (world, desk) => {
    const page = await open(desk);
    await byId(page, 'import-check').click();
    const error = byId(page, 'import-error');
    await error.filter({ hasText: 'Choose a file first.' }).waitFor();
    await choose(page, 'old.csv', Buffer.from(
      'instrument,quantity,price\nM\xfcller,1,1\n', 'latin1'));
    await error.filter({ hasText: 'The file is not UTF-8' }).waitFor();
    await byId(page, 'import-owner').fill('demo');
    await byId(page, 'import-check').click();
    await error.filter({ hasText: 'The file is not UTF-8' }).waitFor();
    await choose(page, 'nul.csv', 'instrument,quantity,price\nA\0,1,1\n');
    await error.filter({ hasText: 'Line 2 of nul.csv holds NUL' }).waitFor();
    await choose(page, 'book.xlsx', 'PK\u0003\u0004');
    await error.filter({ hasText: 'book.xlsx is a workbook' }).waitFor();
    await choose(page, 'old.csv', Buffer.from(
      'instrument,quantity,price\nM\xfcller,1,1\n', 'latin1'));
    await error.filter({ hasText: 'The file is not UTF-8' }).waitFor();
    await byId(page, 'import-encoding').selectOption('windows-1252');
    await error.filter({ hasText: /^$/ }).waitFor({ state: 'hidden' });
    await byId(page, 'import-check').click();
    await says(page, '1 order would be placed.');
    assert.equal((await cells(page, 'import-rows'))[0][1], 'M\u00fcller');
    // Another choice, and what was looked at counts no more.
    await byId(page, 'import-decimal').selectOption(',');
    assert.ok(await byId(page, 'import-run').isDisabled());
  }));

// Whether a press hits it once the page, and nothing within it, is scrolled.
const isReached = (locator) => locator.evaluate((node) => {
  for (const one of [document.querySelector('.panels'),
                     document.documentElement])
    one.scrollTop += node.getBoundingClientRect().top - innerHeight / 2;
  const { left, top, height } = node.getBoundingClientRect();
  return node.contains(document.elementFromPoint(left + 5, top + height / 2));
});

test('a file is checked and imported on a narrow screen', withDesk({}, {},
  async (world) => {
    const rows = Array.from({ length: 30 }, (_, i) => `A${i},1,1`).join('\n');
    for (const [width, height] of [[320, 568], [390, 844], [600, 800]]) {
      const desk = await Desk.open(world, { viewport: { width, height } });
      const page = await desk.at('/admin/import/', 'boss');
      await choose(page, 'orders.csv', `instrument,quantity,price\n${rows}\n`);
      await byId(page, 'import-column-2').waitFor();
      for (const id of ['import-check', 'import-run'])
        assert.ok(await isReached(byId(page, id)), `${id} at ${width}`);
      await byId(page, 'import-check').click();
      await says(page, '30 orders would be placed.');
      for (const locator of [byId(page, 'import-run'),
                             byId(page, 'import-rows').locator('td').last()])
        assert.ok(await isReached(locator), `then at ${width}`);
      await desk.close();
    }
  }));

test('numbers are looked at as they are written in this browser',
  withDesk({}, { locale: 'de-DE' }, async (world, desk) => {
    const page = await open(desk);
    await choose(page, 'orders.csv',
      'instrument,quantity,price\nEDF01,12345,-10.25\n');
    await byId(page, 'import-check').click();
    await byId(page, 'import-rows').locator('td').first().waitFor();
    assert.deepEqual((await cells(page, 'import-rows'))[0].slice(4, 6),
                     ['12.345', '\u221210,25']);
  }));

test('it is for staff', withDesk({}, { expected: [/403/] },
  async (world, desk) => {
    const page = await desk.at('/admin/import/', 'demo');
    assert.match(await page.innerText('body'), /Only staff/);
  }));
