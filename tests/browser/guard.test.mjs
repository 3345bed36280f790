// A deal that looks like a slip is asked about: by the market where there is one,
// else by one's own last orders, of which one slip is no norm. While 20 changes
// arrive each second; the API is asked afterwards what was done.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, cell, closeBrowser, later, loaded, openBrowser, place, row, said,
         state, stopTime, takeSide, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const ADMIN = '/admin/orders/';
const warned = (page, text) => byId(page, 'ticket-warning').filter(
  { hasText: text }).waitFor();
const unwarned = (page) => page.waitForFunction(() =>
  !document.querySelector('#ticket-warning').textContent);
const asked = (page, text) => page.locator('#ticket .form-error').filter(
  { hasText: text }).waitFor();
const submit = (page) => page.locator('#ticket button[type=submit]');
const PRESS = {
  mouse: (page) => submit(page).click(),
  keys: (page) => page.locator('#ticket-price').press('Enter'),
};
const edf = (price, quantity = '10') => ({ instrument: 'EDF01', quantity, price });
// One by one, so that the last one is the last.
async function placeAll(session, orders) {
  for (const order of orders) await place(session, [order]);
}
const newest = async (session, instrument) =>
  (await session.get(`/api/data/?instrument=${instrument}`)).body;

async function feed(boss, symbol, quote, time = new Date().toISOString()) {
  const { status, text } = await boss.post('/api/market/',
                                           [{ symbol, time, ...quote }]);
  assert.equal(status, 202, text);
  for (;;) {
    const { body } = await boss.get(`/api/market/?symbols=${symbol}`);
    if (body.results.length) return;
  }
}

async function fill(page, fields) {
  for (const [name, value] of Object.entries(fields))
    await page.fill(`#ticket-${name}`, value);
}

async function ticket(page, fields) {
  await page.keyboard.press('n');
  await page.locator('#ticket[open]').waitFor();
  await takeSide(page);
  await fill(page, fields);
}

for (const how of ['mouse', 'keys']) {
  test(`a price far from the market is asked about, whatever one placed, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      const demo = await world.token('demo');
      const [busy] = await place(demo, [{ ...edf('1'), instrument: 'BUSY' }]);
      await placeAll(demo, [edf('125'), edf('125'), edf('125')]);
      await feed(boss, 'EDF01', { bid: '12.4', ask: '12.6', last: '40' });
      const page = await desk.login();
      await withTraffic(demo, [busy.id], async () => {
        await ticket(page, edf('125'));
        await warned(page,
          /125 is 900\s% away from the market for EDF01, 12\.5\./);
        await PRESS[how](page);
        await asked(page, 'Press the button again to confirm.');
        assert.equal((await newest(demo, 'EDF01')).count, 3);
        // Near the market no word, far as it is from what was placed.
        await fill(page, { price: '12.45' });
        await unwarned(page);
        await PRESS[how](page);
        await said(page, 'is placed.');
      });
      const { count, results: [order] } = await newest(demo, 'EDF01');
      assert.deepEqual([count, order.price], [4, '12.45']);
    }));

  test(`one slip that was confirmed is no norm, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const [busy] = await place(demo, [{ ...edf('1'), instrument: 'BUSY' }]);
      await placeAll(demo, [edf('12.5'), edf('12.6')]);
      const page = await desk.login();
      await withTraffic(demo, [busy.id], async () => {
        await ticket(page, edf('125'));
        await warned(page, /125 is \d+\s% away from your last orders of EDF01, 12\.5/);
        await PRESS[how](page);
        await asked(page, 'Press the button again');
        await later(page);
        await PRESS[how](page);
        await said(page, 'is placed.');
        // The same slip once more: asked about as before.
        await ticket(page, edf('126'));
        await warned(page, /126 is 900\s% away from your last orders of EDF01, 12\.6/);
        await PRESS[how](page);
        await asked(page, 'Press the button again');
        assert.equal((await newest(demo, 'EDF01')).count, 3);
        await fill(page, { price: '12.55' });
        await unwarned(page);
        await PRESS[how](page);
        await said(page, 'is placed.');
      });
      const { results } = await newest(demo, 'EDF01');
      assert.deepEqual(results.map(({ price }) => price),
                       ['12.55', '125', '12.6', '12.5']);
    }));

  test(`a quantity far from the usual is asked about, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const demo = await world.token('demo');
      const [busy] = await place(demo, [{ ...edf('1'), instrument: 'BUSY' }]);
      await placeAll(demo, [edf('10', '100'), edf('10', '120'), edf('10', '80')]);
      const page = await desk.login();
      await withTraffic(demo, [busy.id], async () => {
        await ticket(page, edf('10', '999'));
        await unwarned(page);
        await fill(page, { quantity: '1000' });
        await warned(page, 'The quantity, 1,000, is 10 times that of your last ' +
          'orders of EDF01, 100.');
        await fill(page, { quantity: '5' });
        await warned(page, 'The quantity, 5, is 1/20 of that of your last orders');
        await fill(page, { quantity: '1000' });
        await PRESS[how](page);
        await asked(page, 'is 10 times that of your last orders of EDF01, 100. ' +
          'Press the button again to confirm.');
        // For just that order.
        await fill(page, { quantity: '2000' });
        await later(page);
        await PRESS[how](page);
        await asked(page, 'is 20 times');
        assert.equal((await newest(demo, 'EDF01')).count, 3);
        await later(page);
        await PRESS[how](page);
        await said(page, 'is placed.');
      });
      const { count, results: [order] } = await newest(demo, 'EDF01');
      assert.deepEqual([count, order.quantity], [4, '2000']);
    }));

  test(`a misspelt instrument is asked about, and the right one offered, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      const demo = await world.token('demo');
      const [busy] = await place(demo, [{ ...edf('1'), instrument: 'BUSY' }]);
      const made = await boss.post('/api/instruments/', [
        { symbol: 'EDF01' }, { symbol: 'TTE14' }]);
      assert.equal(made.status, 201, made.text);
      const page = await desk.login();
      await withTraffic(demo, [busy.id], async () => {
        await ticket(page, { ...edf('10'), instrument: 'EFD01' });
        await page.locator('#ticket-facts').getByText(
          'Not known: did you mean EDF01?').waitFor();
        await warned(page, '“EFD01” is not known (did you mean EDF01?).');
        await PRESS[how](page);
        await asked(page, '“EFD01” is not known (did you mean EDF01?). Press ' +
          'the button again to confirm.');
        assert.equal((await newest(demo, 'EFD01')).count, 0);
        const like = page.locator('#ticket-facts button');
        if (how === 'mouse') await like.click();
        else {
          await page.focus('#ticket-instrument');
          await page.keyboard.press('Tab');
          await page.locator('#ticket-facts button:focus').waitFor();
          await page.keyboard.press('Enter');
        }
        assert.equal(await page.inputValue('#ticket-instrument'), 'EDF01');
        await unwarned(page);
        await PRESS[how](page);
        await said(page, '(Buy EDF01) is placed.');
      });
      assert.equal((await newest(demo, 'EDF01')).count, 1);
      assert.equal((await newest(demo, 'EFD01')).count, 0);
    }));
}

test('what is like nothing is asked about once; then one knows it',
  withDesk({}, {}, async (world, desk) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    await boss.post('/api/instruments/', { symbol: 'EDF01' });
    const page = await desk.login();
    await ticket(page, { ...edf('10'), instrument: 'SOMETHING' });
    await page.locator('#ticket-facts').getByText('Not known', { exact: true })
      .waitFor();
    await submit(page).click();
    await asked(page, '“SOMETHING” is not known. Press the button again');
    await later(page);
    await submit(page).click();
    await said(page, '(Buy SOMETHING) is placed.');
    await ticket(page, { ...edf('10'), instrument: 'SOMETHING' });
    await page.locator('#ticket-facts:empty').waitFor({ state: 'attached' });
    await submit(page).click();
    await page.locator('#ticket:not([open])').waitFor({ state: 'attached' });
    assert.equal((await newest(demo, 'SOMETHING')).count, 2);
  }));

test('where no instruments are listed, only what resembles one’s own is asked about',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const page = await desk.login();
    // Of nothing at all, nothing is asked.
    await ticket(page, edf('10'));
    await submit(page).click();
    await said(page, '(Buy EDF01) is placed.');
    await ticket(page, { ...edf('10'), instrument: 'EDFO1' });
    await submit(page).click();
    await asked(page, '“EDFO1” is not known (did you mean EDF01?).');
    await fill(page, { instrument: 'AXA' });
    await unwarned(page);
    await submit(page).click();
    await said(page, '(Buy AXA) is placed.');
    assert.equal((await newest(demo, 'EDFO1')).count, 0);
  }));

test('staff’s ticket goes by what the owner has ordered',
  withDesk({}, {}, async (world, desk) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    await place(boss, [edf('10', '1')]);
    await placeAll(demo, [edf('50', '100'), edf('50', '100')]);
    const page = await desk.at(ADMIN, 'boss');
    await loaded(page);
    await ticket(page, { owner: 'demo', ...edf('10', '1') });
    await warned(page, /10 is 80\s% away from demo’s last orders of EDF01, 50/);
    await warned(page, 'is 1/100 of that of demo’s last orders');
    await fill(page, { owner: '' });
    await unwarned(page);
  }));

const SAVE = {
  mouse: (page) => page.locator('.cell-editor')
    .getByText('Save', { exact: true }).click(),
  keys: (page) => page.locator('.cell-editor input').press('Enter'),
};
for (const how of ['mouse', 'keys']) {
  test(`an instrument that is written into a cell is looked at likewise, by ${how}`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      const demo = await world.token('demo');
      await boss.post('/api/instruments/', { symbol: 'EDF01' });
      const [busy, order] = await place(demo, [
        { ...edf('1'), instrument: 'BUSY' }, edf('10')]);
      const page = await desk.at(ADMIN, 'boss');
      await loaded(page);
      await state(page, 'live');
      const error = (text) => page.locator('.cell-error').filter(
        { hasText: text }).waitFor();
      await withTraffic(demo, [busy.id], async () => {
        await cell(page, order.id, 'instrument').dblclick();
        await page.locator('.cell-editor input').fill('EDF10');
        await SAVE[how](page);
        await error('“EDF10” is not known (did you mean EDF01?). Save again');
        await page.keyboard.press('Escape');
        await cell(page, order.id, 'quantity').dblclick();
        await page.locator('.cell-editor input').fill('100');
        await SAVE[how](page);
        await error('The quantity, 100, is 10 times that of demo’s last order');
        await stopTime(page);
        await later(page);
        await SAVE[how](page);
        await said(page, 'is saved: quantity 10 → 100.');
      });
      const { body } = await demo.get(`/api/data/${order.id}/`);
      assert.deepEqual([body.instrument, body.quantity], ['EDF01', '100']);
    }));
}

test('an old quote is no market: one’s own orders count',
  withDesk({}, {}, async (world, desk) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    await place(demo, [edf('50')]);
    await feed(boss, 'EDF01', { last: '10' }, '2020-01-01T00:00:00Z');
    await feed(boss, 'OTHER', { last: '10' });
    const page = await desk.login();
    await ticket(page, edf('50'));
    await page.locator('#ticket-quote .is-stale').getByText(
      'Last 10 · old: of').waitFor();
    await unwarned(page);
    await fill(page, { price: '10' });
    await warned(page, /10 is 80\s% away from your last order of EDF01, 50/);
  }));

for (const [path, name] of [['/', 'demo'], [ADMIN, 'boss']]) {
  test(`${path}: the ticket shows the market of its instrument, live`,
    withDesk({}, {}, async (world, desk) => {
      const boss = await world.token('boss');
      const [{ id }] = await place(await world.token(name), [edf('10')]);
      await feed(boss, 'EDF01', { bid: '9.9', ask: '10.1', last: '1234.5' });
      await feed(boss, 'TTE', { last: '5' });
      const page = await desk.at(path, name);
      const quote = (text) => byId(page, 'ticket-quote').getByText(text,
        { exact: true }).waitFor();
      await loaded(page);
      await state(page, 'live');
      await ticket(page, { instrument: 'EDF01' });
      await quote('Bid 9.9 · Ask 10.1 · Last 1,234.5');
      await feed(boss, 'EDF01', { bid: '9.8', ask: null });
      await quote('Bid 9.8 · Last 1,234.5');
      await fill(page, { instrument: 'TTE' });
      await quote('Last 5');
      await fill(page, { instrument: 'NOPE' });
      await page.waitForFunction(() =>
        !document.querySelector('#ticket-quote').textContent);
      await page.keyboard.press('Escape');
      await byId(page, 'confirm-yes').click();
      await page.locator('#ticket:not([open])').waitFor({ state: 'attached' });
      // Also without Realtime, and of an order that is changed.
      await page.keyboard.press('r');
      await state(page, 'connected');
      await row(page, id).click();
      await page.keyboard.press('e');
      await quote('Bid 9.8 · Last 1,234.5');
      await feed(boss, 'EDF01', { bid: '9.7' });
      await quote('Bid 9.7 · Last 1,234.5');
    }));
}
