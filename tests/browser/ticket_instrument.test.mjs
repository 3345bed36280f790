// The ticket of an instrument that staff have said something of.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, later, openBrowser, said, takeSide, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/];
const facts = (page, text) => page.locator('#ticket-facts')
  .getByText(text, { exact: true }).waitFor();
const button = (page, text) => page.locator('#ticket button[type=submit]')
  .getByText(text, { exact: true }).waitFor();
const warned = (page, text) => byId(page, 'ticket-warning')
  .filter({ hasText: text }).waitFor();

async function openTicket(world, desk, fields = {}) {
  const boss = await world.token('boss');
  const answer = await boss.post('/api/instruments/', { symbol: 'FGBL',
    name: 'Bund future', currency: 'EUR', tick: '0.01', lot: '2',
    multiplier: '1000', strict: true, ...fields });
  assert.equal(answer.status, 201, answer.text);
  const page = await desk.login('demo', { realtime: false });
  await page.keyboard.press('n');
  await page.locator('#ticket[open]').waitFor();
  await page.keyboard.type('FGBL');
  return page;
}

test('what is said of it, its steps by arrow keys, and what the order is worth',
  withDesk({}, {}, async (world, desk) => {
    const page = await openTicket(world, desk);
    await facts(page, 'Bund future · EUR · tick 0.01 · lot 2 · × 1,000');
    await takeSide(page);
    const press = async (field, keys, wanted) => {
      await page.focus(`#ticket-${field}`);
      for (const key of keys) await page.keyboard.press(key);
      assert.equal(await page.inputValue(`#ticket-${field}`), wanted);
    };
    await press('quantity', ['ArrowUp'], '2');
    await press('quantity', ['ArrowDown'], '2');
    await press('quantity', ['Shift+ArrowUp', 'ArrowDown'], '20');
    // Nothing is no price.
    await press('price', ['ArrowUp'], '');
    await page.fill('#ticket-price', '130.555');
    await press('price', ['ArrowUp'], '130.56');
    await page.fill('#ticket-price', '130.555');
    await press('price', ['ArrowDown'], '130.55');
    await page.fill('#ticket-price', '0.005');
    await press('price', ['ArrowDown', 'ArrowDown'], '−0.01');
    await press('price', ['Shift+ArrowUp'], '0.09');
    await page.fill('#ticket-price', '130.55');
    await button(page, 'Buy 20 FGBL @ 130.55 = 2,611,000 EUR');
    await page.keyboard.press('Enter');
    await said(page, 'Order 1 (Buy FGBL) is placed.');
    const demo = await world.token('demo');
    const { body } = await demo.get('/api/data/1/');
    assert.deepEqual([body.quantity, body.price], ['20', '130.55']);
  }));

test('off tick or lot is told before it is sent, where it would be refused',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const page = await openTicket(world, desk);
    let sent = 0;
    await desk.context.route('**/api/data/', async (route) => {
      if (route.request().method() === 'POST') sent++;
      await route.continue();
    });
    await facts(page, 'Bund future · EUR · tick 0.01 · lot 2 · × 1,000');
    await takeSide(page);
    await page.fill('#ticket-quantity', '3');
    await page.fill('#ticket-price', '1.005');
    await warned(page, 'Price must be a multiple of the tick, 0.01');
    await warned(page, 'Quantity must be a multiple of the lot, 2');
    await page.keyboard.press('Enter');
    await page.locator('#ticket-price-error')
      .getByText('Must be a multiple of the tick, 0.01.').waitFor();
    await page.locator('#ticket-quantity-error')
      .getByText('Must be a multiple of the lot, 2.').waitFor();
    assert.equal(sent, 0);
    // Another instrument has other steps.
    await page.fill('#ticket-instrument', 'NEW');
    await facts(page, 'Not known');
    assert.equal(await page.locator('#ticket [aria-invalid]').count(), 0);
    await page.keyboard.press('Enter');
    await page.locator('#ticket .form-error').filter({ hasText:
      '“NEW” is not known. Press the button again' }).waitFor();
    await later(page);
    await page.keyboard.press('Enter');
    await said(page, 'Order 1 (Buy NEW) is placed.');
    assert.equal(sent, 1);
  }));

test('where it would be taken it is a warning, and so is one that is not active',
  withDesk({}, {}, async (world, desk) => {
    const page = await openTicket(world, desk,
                                  { strict: false, active: false });
    await facts(page,
      'Bund future · EUR · tick 0.01 · lot 2 · × 1,000 · not active');
    await takeSide(page);
    await page.fill('#ticket-quantity', '2');
    await page.fill('#ticket-price', '1.005');
    await warned(page, 'The instrument is not active; the price is not a ' +
      'multiple of the tick, 0.01.');
    await page.keyboard.press('Enter');
    await said(page, 'Order 1 (Buy FGBL) is placed.');
  }));

test('a limit is told with the multiplier, and a closed instrument refused',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const boss = await world.login('boss');
    const { body } = await boss.get('/api/users/?search=demo');
    await boss.patch(`/api/users/${body.results[0].id}/`,
                     { max_notional: '2000' });
    const page = await openTicket(world, desk);
    await takeSide(page);
    await page.fill('#ticket-quantity', '2');
    await page.fill('#ticket-price', '1.01');
    await warned(page, 'Quantity times price times the multiplier is 2,020, ' +
      'above your limit of 2,000 per order.');
    await page.keyboard.press('Enter');
    await page.locator('#ticket-quantity-error')
      .getByText('times the multiplier, 1,000').waitFor();
    await page.keyboard.press('Escape');
    await byId(page, 'confirm-yes').click();
    await boss.patch('/api/instruments/1/', { active: false });
    await page.reload();
    await page.keyboard.press('n');
    await page.keyboard.type('FGBL');
    await takeSide(page);
    await page.fill('#ticket-quantity', '2');
    await page.fill('#ticket-price', '0.01');
    await warned(page, 'Instrument: is not active: no new orders.');
    await page.keyboard.press('Enter');
    await page.locator('#ticket-instrument-error')
      .getByText('Is not active: no new orders.').waitFor();
  }));
