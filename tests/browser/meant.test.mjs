// What is about to be done, to whose order and to which, is what is shown:
// while 20 changes arrive each second.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, cell, closeBrowser, loaded, many, openBrowser, place, row, said,
         search, state, takeSide, withDesk } from './lib/page.mjs';
import { withTraffic } from './lib/traffic.mjs';

before(openBrowser);
after(closeBrowser);

const REFUSED = [/status of 4\d\d/];
const ADMIN = '/admin/orders/';
const open = (page, id) => page.locator(`#${id}[open]`).waitFor();
const shut = (page, id) => page.locator(`#${id}:not([open])`)
  .waitFor({ state: 'attached' });
const submit = (page) => page.locator('#ticket button[type=submit]');
const verb = (page, text) => submit(page).getByText(text, { exact: true })
  .waitFor();
const isArmed = (page) => submit(page).evaluate((one) =>
  one.classList.contains('primary'));
const warned = (page, text) => byId(page, 'ticket-warning').filter(
  { hasText: text }).waitFor();

// What comes meanwhile takes these orders to no other page.
const onlyThese = (page) => search(page, 'INS');

async function type(page, fields) {
  for (const [name, value] of Object.entries(fields))
    await page.fill(`#ticket-${name}`, value);
}

test('the ticket of staff says whose order it is, and places it for them',
  withDesk({}, {}, async (world, desk) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const [busy, theirs] = await place(demo, many(2));
    const page = await desk.at(ADMIN, 'boss');
    await loaded(page);
    await state(page, 'live');
    await onlyThese(page);
    await page.locator('#orders-title').click();
    await withTraffic(demo, [busy.id], async () => {
      await page.keyboard.press('n');
      await takeSide(page);
      await type(page, { instrument: 'EDF01', quantity: '5', price: '12.5' });
      await verb(page, 'Place for boss: Buy 5 EDF01 @ 12.5 = 62.5');
      await type(page, { owner: 'demo' });
      await verb(page, 'Place for demo: Buy 5 EDF01 @ 12.5 = 62.5');
      await page.keyboard.press('Enter');
      await said(page, 'is placed.');
      await row(page, theirs.id).click();
      await page.keyboard.press('e');
      await open(page, 'ticket');
      await type(page, { quantity: '7' });
      await verb(page, 'Save for demo: Buy 7 INS1 @ 1.5 = 10.5');
      await submit(page).click();
      await said(page, 'is saved');
    });
    const { body } = await boss.get(
      '/api/data/?scope=all&instrument=EDF01');
    assert.deepEqual(body.results.map(({ owner }) => owner), ['demo']);
  }));

test('a ticket with a fault does not look as if it would be taken, and says it',
  withDesk({}, { expected: REFUSED }, async (world, desk) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    const [busy, part] = await place(demo, many(2, { quantity: '100' }));
    await boss.patch(`/api/data/${part.id}/`,
      { status: 'partially_filled', filled_quantity: '60' });
    const page = await desk.login();
    await onlyThese(page);
    await page.locator('#orders-title').click();
    await withTraffic(demo, [busy.id], async () => {
      await page.keyboard.press('n');
      assert.equal(await isArmed(page), false);
      await takeSide(page);
      await type(page, { instrument: 'EDF01', quantity: '5', price: '12.5' });
      await verb(page, 'Buy 5 EDF01 @ 12.5 = 62.5');
      assert.equal(await isArmed(page), true);
      for (const [quantity, words] of [
        ['-5', 'Quantity must be greater than 0.'],
        ['0', 'Quantity must be greater than 0.'],
        ['5k', 'Quantity: “5k” is not accepted']]) {
        await type(page, { quantity });
        await verb(page, 'Place order');
        assert.equal(await isArmed(page), false);
        await warned(page, words);
      }
      await page.keyboard.press('Enter');
      await page.locator('#ticket-quantity[aria-invalid=true]').waitFor();
      await type(page, { quantity: '6' });
      await verb(page, 'Buy 6 EDF01 @ 12.5 = 75');
      assert.equal(await isArmed(page), true);
      await page.keyboard.press('Escape');
      await byId(page, 'confirm-yes').click();
      // What is filled meanwhile counts.
      await row(page, part.id).click();
      await page.keyboard.press('e');
      await type(page, { quantity: '70' });
      await verb(page, 'Save: Buy 70 INS1 @ 1.5 = 105');
      await boss.patch(`/api/data/${part.id}/`, { filled_quantity: '80' });
      await verb(page, 'Save changes');
      assert.equal(await isArmed(page), false);
      await warned(page, 'Quantity must be at least 80, which is already filled.');
    });
    assert.equal((await demo.get('/api/data/?instrument=EDF01')).body.count, 0);
  }));

test('a cell with a quantity that can’t be says so, and echoes no order',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [busy, order] = await place(demo, many(2));
    const page = await desk.at(ADMIN, 'boss');
    await loaded(page);
    await state(page, 'live');
    await cell(page, order.id, 'quantity').dblclick();
    await withTraffic(demo, [busy.id], async () => {
      await page.keyboard.type('5');
      await page.locator('.cell-echo').getByText('Buy 5 INS1 @ 1.5 = 7.5')
        .waitFor();
      await page.keyboard.press('Home');
      await page.keyboard.type('-');
      await page.locator('.cell-error').getByText('Must be greater than 0.')
        .waitFor();
      assert.equal(await page.locator('.cell-echo').innerText(), '');
      await page.keyboard.press('Enter');
      await page.locator('.cell-error').getByText('Must be greater than 0.')
        .waitFor();
      await page.keyboard.press('Escape');
    });
    assert.equal((await demo.get(`/api/data/${order.id}/`)).body.version, 1);
  }));

test('the server’s limits are told in the numbers of this browser',
  withDesk({}, { expected: REFUSED, locale: 'de-DE' },
    async (world, desk) => {
      const boss = await world.login('boss');
      const demo = await world.token('demo');
      const [busy, order] = await place(demo, many(2, { quantity: '9000' }));
      const { id } = (await demo.get('/api/me/')).body;
      const page = await desk.login();
      await row(page, order.id).click();
      await withTraffic(demo, [busy.id], async () => {
        await boss.patch(`/api/users/${id}/`, { max_quantity: '1234.5' });
        await page.keyboard.press('e');
        await type(page, { quantity: '20000' });
        await page.keyboard.press('Enter');
        await page.locator('#ticket-quantity-error').getByText(
          'Must be at most 1.234,5, the limit for one order.').waitFor();
        await page.keyboard.press('Escape');
        await byId(page, 'confirm-yes').click();
        await shut(page, 'ticket');
        await boss.patch(`/api/users/${id}/`,
          { max_quantity: null, max_notional: '62500.25' });
        await page.keyboard.press('e');
        await type(page, { quantity: '60000' });
        await page.keyboard.press('Enter');
        await page.locator('#ticket-quantity-error').getByText('The value (quantity ' +
          'times price) must be at most 62.500,25, the limit for one order.')
          .waitFor();
      }, { name: 'T' });
      assert.equal((await demo.get(`/api/data/${order.id}/`)).body.quantity,
                   '9000');
    }));

for (const [path, name] of [['/', 'demo'], [ADMIN, 'boss']]) {
  test(`${path}: at 200 % zoom the ticket’s button is in sight, and works`,
    withDesk({}, { viewport: { width: 512, height: 384 } },
      async (world, desk) => {
        const owner = await world.token(name);
        const [busy] = await place(owner, many(1));
        const page = await desk.at(path, name);
        await loaded(page);
        await state(page, 'live');
        await withTraffic(owner, [busy.id], async () => {
          await page.locator('#order-new').click();
          const inSight = () => submit(page).evaluate((one) => {
            const { top, bottom, left, width } = one.getBoundingClientRect();
            const dialog = document.querySelector('#ticket')
              .getBoundingClientRect();
            // Nothing shows through below it.
            const below = document.elementFromPoint(left, dialog.bottom - 3);
            return top >= 0 && bottom <= innerHeight &&
              below.matches('.form-buttons') && one.contains(
                document.elementFromPoint(left + width / 2,
                                          (top + bottom) / 2));
          });
          assert.ok(await inSight());
          await takeSide(page);
          await type(page, { instrument: 'ZOOM', quantity: '5', price: '12' });
          // No field that has the focus is behind it.
          for (const field of ['instrument', 'price', 'client_order_id']) {
            await page.focus(`#ticket-${field}`);
            assert.ok(await page.locator(`#ticket-${field}`).evaluate((one) => {
              const { top, bottom } = one.getBoundingClientRect();
              return top >= 0 && bottom <= document.querySelector(
                '#ticket .form-buttons').getBoundingClientRect().top;
            }), field);
            assert.ok(await inSight());
          }
          await submit(page).click();
          await said(page, 'is placed.');
        });
        assert.equal((await owner.get('/api/data/?instrument=ZOOM')).body.count,
                     1);
      }));

  test(`${path}: at 390 px status${name === 'boss' ? ' and owner' : ''} are ` +
    'in sight, as they are now',
    withDesk({}, { viewport: { width: 390, height: 844 } },
      async (world, desk) => {
        const owner = await world.token(name);
        const boss = await world.token('boss');
        const [busy, order] = await place(owner, many(2,
          { quantity: '1000000' }));
        const page = await desk.at(path, name);
        await loaded(page);
        await state(page, 'live');
        await row(page, order.id).click({ position: { x: 300, y: 8 } });
        await withTraffic(owner, [busy.id], async () => {
          const words = cell(page, order.id, 'instrument');
          await boss.patch(`/api/data/${order.id}/`,
            { status: 'partially_filled', filled_quantity: '7' });
          await words.getByText('partially filled', { exact: true }).waitFor();
          const shown = (await words.innerText()).split('\n').filter(Boolean);
          assert.deepEqual(shown, ['INS1', String(order.id), ...name === 'boss' ? ['boss'] : [],
                                   'partially filled']);
          const cut = await words.evaluate((one) => [one, ...one
            .querySelectorAll('.pill, .owner, .instrument')].filter((part) =>
            part.scrollWidth > part.clientWidth && part.clientWidth &&
            getComputedStyle(part).overflowX !== 'visible')
            .map(({ className }) => className));
          assert.deepEqual(cut, []);
        });
        // With room for their columns, they are there alone.
        await page.setViewportSize({ width: 1400, height: 844 });
        await cell(page, order.id, 'status').getByText('partially filled')
          .waitFor();
        assert.equal(await cell(page, order.id, 'instrument').textContent(),
                     'INS1');
        await page.setViewportSize({ width: 390, height: 844 });
        await cell(page, order.id, 'instrument').getByText('partially filled')
          .waitFor();
      }));

  test(`${path}: an open question says what remains as it is filled`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const owner = await world.token(name);
      const boss = await world.token('boss');
      const [busy, order] = await place(owner, many(2, { quantity: '100' }));
      const page = await desk.at(path, name);
      await loaded(page);
      await state(page, 'live');
      await row(page, order.id).click();
      const line = (text) => byId(page, 'confirm-list').filter(
        { hasText: text }).waitFor();
      await withTraffic(owner, [busy.id], async () => {
        await page.keyboard.press('c');
        await open(page, 'confirm');
        await line(/Buy\s*100\s*100\s*1\.5/);
        for (const [filled, left] of [['40', '60'], ['75', '25']]) {
          await boss.patch(`/api/data/${order.id}/`,
            { status: 'partially_filled', filled_quantity: filled });
          await line(new RegExp(`Buy\\s*100\\s*${left}\\s*1\\.5`));
        }
        // Another deal than was asked about is said, and asked about anew.
        await owner.patch(`/api/data/${order.id}/`, { price: '9' });
        await line('changed in the meantime: price 1.5 → 9');
        await byId(page, 'confirm-yes').click();
        await open(page, 'conflict');
        assert.equal((await owner.get(`/api/data/${order.id}/`)).body.status,
                     'partially_filled');
        await byId(page, 'keep-mine').click();
        await said(page, 'is canceled.');
      });
      const { body } = await owner.get(`/api/data/${order.id}/`);
      assert.deepEqual([body.status, body.filled_quantity],
                       ['canceled', '75']);
    }));

  test(`${path}: the row that the focus slides to is not chosen, looks so, ` +
    'and no key acts on it',
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const owner = await world.token(name);
      const made = await place(owner, many(12));
      const [busy, below, gone] = [made[0], made[8], made[9]];
      const page = await desk.at(path, name);
      await loaded(page);
      await state(page, 'live');
      await onlyThese(page);
      await row(page, gone.id).click();
      // Found and looked at in one go: rows are drawn anew.
      const look = (id) => page.evaluate((name) => {
        const one = document.getElementById(name);
        return [getComputedStyle(one.cells[0]).boxShadow,
                getComputedStyle(one.cells[1]).backgroundColor,
                getComputedStyle(one).outlineStyle].join();
      }, `order-${id}`);
      // Rows don't wait for a pointer that is over them.
      await page.locator('#orders-title').hover();
      const chosen = await look(gone.id);
      await withTraffic(owner, [busy.id], async () => {
        await owner.delete(`/api/data/${gone.id}/`);
        await said(page, 'Nothing is selected now.');
        await row(page, gone.id).waitFor({ state: 'detached' });
        await page.locator(`#order-${below.id}:focus`).waitFor();
        for (const key of ['c', 'e', 'h', 'Delete']) {
          await page.keyboard.press(key);
          await said(page, 'Select a row first.');
          assert.equal(await page.locator('dialog[open]').count(), 0);
        }
        assert.notEqual(await look(below.id), chosen);
        assert.match(await look(below.id), /^none,.*dashed$/);
        await page.keyboard.press('Enter');
        await row(page, below.id).and(page.locator('[aria-selected=true]'))
          .waitFor();
        assert.equal(await page.locator('dialog[open], .cell-editor').count(),
                     0);
        assert.equal(await look(below.id), chosen);
      });
      const { body } = await owner.get(`/api/data/${below.id}/`);
      assert.deepEqual([body.status, body.version], ['new', 1]);
    }));
}

for (const [path, name] of [['/', 'demo'], [ADMIN, 'boss']]) {
  test(`${path}: no key acts on the chosen order while another row has the focus`,
    withDesk({}, {}, async (world, desk) => {
      const owner = await world.token(name);
      const made = await place(owner, many(25));
      const chosen = made[0];
      const page = await desk.at(path, name);
      await loaded(page);
      await state(page, 'live');
      await row(page, chosen.id).click();
      const added = await place(owner, many(3));
      await byId(page, 'rows-waiting').filter({ hasText: '3 new orders' })
        .waitFor();
      // It goes to the next page, and the focus to the row above it.
      await page.keyboard.press('s');
      await byId(page, 'chosen-count')
        .getByText(`Order ${chosen.id} selected, not shown`).waitFor();
      const [, , , near] = made;
      await page.locator(`#order-${near.id}:focus`).waitFor();
      const nothing = async () => assert.equal(await page.locator(
        'dialog[open], .cell-editor, .choose:checked').count(), 0);
      await withTraffic(owner, [added[0].id], async () => {
        for (const key of ['c', 'e', 'h', 'Delete']) {
          await page.keyboard.press(key);
          await said(page, `Order ${chosen.id} is selected, but the focus is ` +
            `on order ${near.id}. Press Enter to select that one.`);
          await nothing();
        }
        await page.keyboard.down('Enter');
        await page.keyboard.down('Enter');
        await page.keyboard.up('Enter');
        await row(page, near.id).and(page.locator('[aria-selected=true]'))
          .waitFor();
        await nothing();
        assert.equal(await byId(page, 'said').innerText(), '');
        await page.keyboard.press('c');
        await page.locator('#confirm-title').filter(
          { hasText: `Cancel order ${near.id} ` }).waitFor();
        await page.keyboard.press('Escape');
      });
      for (const { id } of [chosen, near])
        assert.equal((await owner.get(`/api/data/${id}/`)).body.version, 1);
    }));
}

test('Space sets no box of the chosen order while another row has the focus',
  withDesk({}, {}, async (world, desk) => {
    const boss = await world.token('boss');
    const made = await place(boss, many(25));
    const page = await desk.at(ADMIN, 'boss');
    await loaded(page);
    await state(page, 'live');
    await row(page, made[0].id).click();
    await place(boss, many(3));
    await byId(page, 'rows-waiting').filter({ hasText: '3 new orders' })
      .waitFor();
    await page.keyboard.press('s');
    await page.locator(`#order-${made[3].id}:focus`).waitFor();
    await page.keyboard.press('Space');
    await row(page, made[3].id).and(page.locator('[aria-selected=true]'))
      .waitFor();
    assert.equal(await page.locator('.choose:checked').count(), 0);
    assert.equal(await page.locator('#chosen').isHidden(), true);
    await page.keyboard.press('Space');
    await row(page, made[3].id).locator('.choose:checked').waitFor();
    await byId(page, 'chosen-count').getByText('1 selected', { exact: true })
      .waitFor();
  }));

for (const how of ['mouse', 'keys']) {
  test(`Enter in the conflict of a cell drops no edit, by ${how}`,
    withDesk({}, { expected: REFUSED }, async (world, desk) => {
      const demo = await world.token('demo');
      const [busy, order] = await place(demo, many(20));
      const page = await desk.at(ADMIN, 'boss');
      const editor = page.locator('.cell-editor input');
      await loaded(page);
      await state(page, 'live');
      await cell(page, order.id, 'price').click();
      await withTraffic(demo, [busy.id], async () => {
        if (how === 'keys') await page.keyboard.press('Enter');
        else await cell(page, order.id, 'price').dblclick();
        await editor.fill('9.5');
        await demo.patch(`/api/data/${order.id}/`, { price: '9' });
        await cell(page, order.id, 'price').filter({ hasText: '9' }).waitFor();
        // As often as it is pressed, nothing is lost and nothing written.
        for (let i = 0; i < 3; i++) {
          await page.keyboard.press('Enter');
          await open(page, 'conflict');
          await page.keyboard.press('Enter');
          await shut(page, 'conflict');
          assert.equal(await editor.inputValue(), '9.5');
          await page.locator('.cell-editor input:focus').waitFor();
        }
        assert.equal((await demo.get(`/api/data/${order.id}/`)).body.price,
                     '9');
        await page.keyboard.press('Enter');
        await open(page, 'conflict');
        // Changed once more behind it, which it shows.
        await demo.patch(`/api/data/${order.id}/`, { price: '8' });
        await page.locator('#conflict-rows').getByText('8', { exact: true })
          .waitFor();
        if (how === 'keys') {
          await page.keyboard.press('Tab');
          await page.keyboard.press('Tab');
          await page.locator('[data-testid=keep-mine]:focus:not([aria-disabled])').waitFor();
          await page.keyboard.press('Enter');
        } else {
          await byId(page, 'keep-mine').click();
        }
        await said(page, 'is saved: price 8 → 9.5.');
      });
      assert.equal((await demo.get(`/api/data/${order.id}/`)).body.price,
                   '9.5');
    }));
}
