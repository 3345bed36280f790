// What a user's new tickets begin with: set and taken back over the ticket, kept
// on the server for every browser, and nothing that was typed is lost by it.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, Desk, later, loaded, openBrowser, place, said, state,
         takeSide, UNREACHABLE, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const ADMIN = '/admin/orders/';
const shown = (page, id) => page.locator(`#${id}[open]`).waitFor();
const shut = (page, id) => page.locator(`#${id}:not([open])`)
  .waitFor({ state: 'attached' });
const done = (page, text) => page.locator('#defaults .said')
  .getByText(text, { exact: true }).waitFor();
const settings = async (session) =>
  (await session.get('/api/me/settings/')).body.settings;

async function ticket(page) {
  await page.locator('#orders-title').click();
  await page.keyboard.press('n');
  await shown(page, 'ticket');
}

// Side, quantity and price of the ticket once it is as given.
async function holds(page, { side = null, quantity = '', price = '' }) {
  await page.waitForFunction(([...wanted]) => {
    const { elements } = document.querySelector('#ticket form');
    const is = [elements.side.value || null, elements.quantity.value,
                elements.price.value];
    return is.every((value, index) => value === wanted[index]);
  }, [side, quantity, price]);
}

// The ways of hands.
const HANDS = {
  mouse: {
    open: (page) => byId(page, 'defaults-open').click(),
    async set(page, fields) {
      for (const [name, value] of Object.entries(fields)) {
        const field = page.locator(`#defaults-${name}`);
        if (name === 'side') await field.selectOption(value);
        else await field.fill(value);
      }
      await page.locator('#defaults button[type=submit]').click();
    },
    remove: (page, name) => page.getByRole('button', { name: `Remove: ${name}` })
      .click(),
    close: (page) => page.locator('#defaults [data-close]').click(),
  },
  keys: {
    async open(page) {
      await tabTo(page, '#defaults-open', 'Shift+Tab');
      await page.keyboard.press('Enter');
    },
    async set(page, fields) {
      for (const [name, value] of Object.entries(fields)) {
        await tabTo(page, `#defaults-${name}`, 'Tab');
        if (name === 'side') {
          await page.keyboard.press(value[0]);
          continue;
        }
        await page.keyboard.press('Control+a');
        await page.keyboard.press('Delete');
        if (value) await page.keyboard.type(value);
      }
      await tabTo(page, '#defaults input', 'Tab');
      await page.keyboard.press('Enter');
    },
    async remove(page, name) {
      await tabTo(page, `#defaults [aria-label="Remove: ${name}"]`, 'Tab');
      await page.keyboard.press('Enter');
    },
    close: (page) => page.keyboard.press('Escape'),
  },
};

async function tabTo(page, selector, key) {
  while (!await page.locator(selector).evaluateAll((all) =>
    all.includes(document.activeElement))) await page.keyboard.press(key);
}

for (const [how, hand] of Object.entries(HANDS)) {
  for (const [path, name] of [['/', 'demo'], [ADMIN, 'boss']]) {
    test(`${path}: they are set, hold in every browser, and are removed, by ${how}`,
      withDesk({}, {}, async (world, desk) => {
        const session = await world.token(name);
        const [busy] = await place(session, [
          { instrument: 'BUSY', quantity: '1', price: '1' },
          { instrument: 'EDF01', quantity: '50', price: '12.5' },
          { instrument: 'EDF02', quantity: '10', price: '12.5' }]);
        const page = await desk.at(path, name);
        await loaded(page);
        await state(page, 'live');
        await withTraffic(session, [busy.id], async () => {
          await ticket(page);
          await holds(page, {});
          await hand.open(page);
          await shown(page, 'defaults');
          await hand.set(page, { quantity: '10', quantity_step: '5' });
          await done(page, 'Saved: Every instrument.');
          await hand.set(page, { instrument: 'EDF01', side: 'sell',
                                 quantity: '50', price_step: '0.25' });
          await done(page, 'Saved: EDF01.');
          await hand.close(page);
          await shut(page, 'defaults');
          // The ticket that is open has them already.
          await holds(page, { quantity: '10' });
          await page.fill('#ticket-instrument', 'EDF01');
          await holds(page, { side: 'sell', quantity: '50' });
          await page.fill('#ticket-instrument', 'EDF02');
          await holds(page, { quantity: '10' });
          // What somebody has typed stays.
          await page.fill('#ticket-quantity', '7');
          await takeSide(page);
          await page.fill('#ticket-instrument', 'EDF01');
          await holds(page, { side: 'buy', quantity: '7' });
          await page.keyboard.press('Escape');
          await byId(page, 'confirm-yes').click();
        });
        const kept = await settings(session);
        assert.deepEqual(kept.ticket, { quantity: '10', instruments: {
          EDF01: { side: 'sell', quantity: '50' } } });
        assert.deepEqual(kept.page.ticket, { quantity_step: '5', instruments: {
          EDF01: { price_step: '0.25' } } });

        const other = await Desk.open(world);
        const there = await other.at(path, name);
        await loaded(there);
        await state(there, 'live');
        await ticket(there);
        await holds(there, { quantity: '10' });
        await there.fill('#ticket-instrument', 'EDF01');
        await holds(there, { side: 'sell', quantity: '50' });
        await there.fill('#ticket-price', '12.5');
        await there.locator('#ticket-price').press('ArrowUp');
        await holds(there, { side: 'sell', quantity: '50', price: '12.75' });
        await there.locator('#ticket-quantity').press('ArrowDown');
        await holds(there, { side: 'sell', quantity: '45', price: '12.75' });
        await there.locator('#ticket-price').press('Enter');
        await said(there, 'is placed.');
        const { body } = await session.get('/api/data/?instrument=EDF01');
        const [{ side, quantity, price }] = body.results;
        assert.deepEqual([side, quantity, price], ['sell', '45', '12.75']);

        await ticket(there);
        await hand.open(there);
        await shown(there, 'defaults');
        await hand.remove(there, 'EDF01');
        await done(there, 'Removed: EDF01.');
        await hand.remove(there, 'Every instrument');
        await done(there, 'Removed: Every instrument.');
        await hand.close(there);
        await holds(there, {});
        assert.deepEqual((await settings(session)).ticket.instruments, {});
        assert.equal((await settings(session)).ticket.quantity, undefined);
        await other.close();
      }));
  }
}

for (const [how, hand] of Object.entries(HANDS)) {
  test(`what can’t be a default is refused, and what could not be kept is said, by ${
    how}`,
    withDesk({}, { line: true, expected: UNREACHABLE }, async (world, desk) => {
      const demo = await world.token('demo');
      const page = await desk.login();
      const [busy] = await place(demo, [
        { instrument: 'BUSY', quantity: '1', price: '1' }]);
      await withTraffic(demo, [busy.id], async () => {
        await ticket(page);
        await hand.open(page);
        await shown(page, 'defaults');
        const fault = (text) => page.locator('#defaults .field-error')
          .filter({ hasText: text }).waitFor();
        for (const [fields, words] of [
          [{ quantity: '0' }, 'Must be greater than 0.'],
          [{ quantity: '1.000' }, 'could be read two ways'],
          [{ quantity: '', price_step: '-1' }, 'Must be greater than 0.'],
          [{ price_step: '1k' }, 'is not accepted']]) {
          await hand.set(page, fields);
          await fault(words);
        }
        await desk.line.cut();
        await hand.set(page, { price_step: '', quantity: '10' });
        await page.locator('#defaults .form-error')
          .filter({ hasText: 'The server cannot be reached.' }).waitFor();
        await desk.line.mend();
        await hand.close(page);
        await holds(page, {});
      });
      assert.deepEqual(await settings(demo), {});
      // None of it counts as typed.
      await later(page);
      await page.keyboard.press('Escape');
      await shut(page, 'ticket');
    }));
}
