// Instruments, as staff see and change them.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, openBrowser, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/];
const PATH = '/admin/instruments/';
const count = (page, text) => byId(page, 'instruments-count')
  .getByText(text, { exact: true }).waitFor();
const noneCounted = (page) => page.locator('#instruments-count:empty')
  .waitFor({ state: 'attached' });
const cells = (page, row = 1) => page.locator(
  `#instruments tbody tr:nth-child(${row}) td`).allInnerTexts();
const first = (page, symbol) => page.waitForFunction((text) =>
  document.querySelector('#instruments tbody td')?.innerText === text, symbol);
const said = (page, text) => byId(page, 'said').filter({ hasText: text })
  .waitFor();
const edit = (page, symbol) => page.getByRole('button',
  { name: `Edit ${symbol}`, exact: true }).click();
const focused = (page) => page.evaluate(() => document.activeElement.name);

async function make(world, ...instruments) {
  const boss = await world.token('boss');
  const answer = await boss.post('/api/instruments/', instruments);
  assert.equal(answer.status, 201, answer.text);
  return boss;
}

test('one is added, by keys: every reason at its field, then there',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const page = await desk.at(PATH, 'boss');
    await noneCounted(page);
    await page.getByText('No instruments yet.').waitFor();
    await page.locator('#filters [name=search]').fill('x');
    await page.getByText('No instrument matches.').waitFor();
    await page.locator('#filters [name=search]').fill('');
    await page.getByText('No instruments yet.').waitFor();
    await page.locator('#add').focus();
    await page.keyboard.press('n');
    await page.locator('#instrument[open]').waitFor();
    assert.equal(await focused(page), 'symbol');
    assert.equal(await page.inputValue('#multiplier'), '1');
    await page.fill('#currency', 'eur');
    await page.fill('#tick', '0.01');
    await page.keyboard.press('Enter');
    await page.locator('#symbol-error').getByText('Must not be empty').waitFor();
    await page.locator('#currency-error').getByText('like EUR').waitFor();
    assert.equal(await focused(page), 'symbol');
    await page.keyboard.type('FGBL');
    await page.fill('#currency', 'EUR');
    await page.fill('#multiplier', '1,000');
    await page.locator('#instrument [name=strict]').check();
    await page.locator('#name').focus();
    await page.keyboard.press('Enter');
    await said(page, 'FGBL was added.');
    await count(page, '1–1 of 1');
    assert.deepEqual(await cells(page), ['FGBL', '', 'EUR', '0.01', '', '1,000',
      'active', 'refused', 'Edit']);
  }));

test('one is changed and removed, and others are seen to have changed it',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const boss = await make(world, { symbol: 'EDF', tick: '0.05', lot: '10' });
    const page = await desk.at(PATH, 'boss');
    await count(page, '1–1 of 1');
    await edit(page, 'EDF');
    assert.equal(await focused(page), 'name');
    assert.equal(await page.locator('#symbol').getAttribute('readonly'), '');
    await page.keyboard.type('Power');
    await page.fill('#lot', '');
    await page.keyboard.press('Enter');
    await said(page, 'EDF was saved.');
    const path = '/api/instruments/1/';
    const { body } = await boss.get(path);
    assert.deepEqual([body.name, body.lot, body.tick, body.version],
                     ['Power', null, '0.05', 2]);
    await edit(page, 'EDF');
    await page.fill('#tick', '0.1');
    await boss.patch(path, { lot: '5', active: false });
    await page.keyboard.press('Enter');
    await page.locator('#instrument .form-error')
      .getByText('Somebody has changed it in the meantime').waitFor();
    assert.equal(await page.inputValue('#lot'), '5');
    assert.equal(await page.inputValue('#tick'), '0.1');
    assert.equal(await page.locator('#instrument [name=active]').isChecked(),
                 false);
    await page.keyboard.press('Enter');
    await said(page, 'EDF was saved.');
    const after = (await boss.get(path)).body;
    assert.deepEqual([after.lot, after.tick, after.active, after.version],
                     ['5', '0.1', false, 4]);
    await edit(page, 'EDF');
    await byId(page, 'instrument-remove').click();
    await byId(page, 'confirm-yes').getByText('Remove EDF').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#instrument[open]').waitFor();
    await byId(page, 'instrument-remove').click();
    await byId(page, 'confirm-yes').click();
    await said(page, 'EDF was removed.');
    await noneCounted(page);
    assert.equal((await boss.get(path)).status, 404);
  }));

test('the list: searched, filtered, ordered, paged',
  withDesk({}, {}, async (world, desk) => {
    await make(world, { symbol: 'EDF', name: 'Power', currency: 'EUR' },
      { symbol: 'FGBL', currency: 'EUR', strict: true },
      { symbol: 'ABC', currency: 'USD', active: false },
      ...Array.from({ length: 50 }, (_, i) => ({ symbol: `Z${i}` })));
    const page = await desk.at(PATH, 'boss');
    await count(page, '1–50 of 53');
    assert.equal((await cells(page))[0], 'ABC');
    await page.locator('#next').click();
    await count(page, '51–53 of 53');
    await page.keyboard.press('/');
    await page.keyboard.type('pow');
    await count(page, '1–1 of 1');
    assert.match(page.url(), /search=pow/);
    await page.reload();
    await count(page, '1–1 of 1');
    await byId(page, 'filters-clear').click();
    await byId(page, 'filter-active').selectOption('false');
    await first(page, 'ABC');
    await count(page, '1–1 of 1');
    await byId(page, 'filter-active').selectOption('');
    await byId(page, 'filter-strict').selectOption('true');
    await first(page, 'FGBL');
    await byId(page, 'filter-strict').selectOption('');
    await byId(page, 'instruments-ordering').selectOption('-updated');
    await first(page, 'Z49');
  }));

test('traders have no such page', withDesk({}, { expected: REFUSED },
  async (world, desk) => {
    const page = await desk.at('/', 'demo');
    const answer = await page.goto(PATH);
    assert.equal(answer.status(), 403);
  }));
