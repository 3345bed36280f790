// The API in a browser: read, found, placed, changed, removed, with the mouse
// and without.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { LOGGED_OUT, UNREACHABLE, agreeByKeys, byId, closeBrowser, enter, many,
         openBrowser, place, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const ready = (page) => page.locator('body[data-state=ready]').waitFor();
const text = (page, id, wanted) => byId(page, id)
  .filter({ hasText: wanted }).waitFor();

async function open(desk, path, name = 'demo') {
  const page = await desk.page(path);
  await enter(page, name);
  await ready(page);
  return page;
}

const card = async (page, method) => {
  await page.locator(`[data-testid=${method}-card] > summary`).click();
  return page.locator(`[data-testid=${method}-card]`);
};
const holds = (page, id, wanted) => page.waitForFunction(([name, value]) =>
  document.querySelector(`[data-testid=${name}]`).value === value, [id, wanted]);
const field = (form, name) => form.locator(`[name=${name}]`);
const shown = async (page) =>
  JSON.parse(await byId(page, 'answer-body').innerText());

test('an address asks for a login, then shows itself as the wire has it',
  withDesk({}, {}, async (world, desk) => {
    const session = await world.token('demo');
    const odd = 'A<b>&"\u00fc';
    const { id } = await session.order({ instrument: odd, price: '-0.10' });
    const page = await open(desk, `/api/data/${id}/`);
    assert.equal(new URL(page.url()).pathname, `/api/data/${id}/`);
    await text(page, 'answer-status', '200');
    const body = await shown(page);
    const wire = await session.get(`/api/data/${id}/`);
    assert.deepEqual(body, wire.body);
    // Each token is the one that was on the wire.
    assert.equal((await byId(page, 'answer-body').innerText())
      .replace(/^\s+|\n\s*|(?<=":) /g, ''), wire.text);
    assert.equal(await page.locator('pre b').count(), 0);
    assert.equal(await page.title(), `/api/data/${id}/ - lws-app`);
    await page.locator('.headers summary').click();
    await text(page, 'answer-headers', 'etag');
    assert.equal(await byId(page, 'methods').innerText(),
                 'GET\nPUT\nPATCH\nDELETE\nOPTIONS');
    assert.equal(await page.locator('[data-testid=post-card]').count(), 0);
  }));

test('text of a user becomes neither markup nor a way elsewhere',
  withDesk({}, {}, async (world, desk) => {
    const session = await world.token('demo');
    const texts = ['/api/..//elsewhere.example/', '<img src=x onerror=hit=1>',
      'https://elsewhere.example/', 'javascript:alert(1)//api/',
      'https://elsewhere.example/api/data/', '//elsewhere.example/api/',
      '/api/../accounts/logout/', '/api/\\\\elsewhere.example', '\u3000"\\'];
    await place(session, texts.map((instrument) => (
      { instrument, quantity: '1', price: '1' })));
    const page = await open(desk, '/api/data/');
    const body = await shown(page);
    assert.deepEqual(body.results.map((one) => one.instrument).reverse(),
                     texts);
    const links = await page.locator('main a[href]').evaluateAll((all) =>
      all.map(({ href }) => href));
    assert.ok(links.length > texts.length);
    for (const link of links) {
      assert.ok(link.startsWith(`${world.url}/api/`), link);
    }
    for (const id of body.results.map((one) => one.id)) {
      await page.goto(`/api/data/${id}/`);
      await ready(page);
      assert.equal(await page.evaluate(() => window.hit), undefined);
    }
  }));

test('a login leads back to the very address, with its arguments',
  withDesk({}, {}, async (world, desk) => {
    const path = '/api/data/?search=%C3%BC%26&page_size=5';
    const page = await open(desk, path);
    assert.equal(page.url(), world.url + path);
    assert.equal(await byId(page, 'filter-search').inputValue(), 'ü&');
    assert.equal(await byId(page, 'filter-page_size').inputValue(), '5');
    // Ended elsewhere: what is sent then leads to the login, and back.
    await desk.context.clearCookies();
    desk.expected.push(...LOGGED_OUT);
    await byId(page, 'answer-again').click();
    await page.waitForURL(/accounts\/login\/\?next=/);
    await enter(page, 'demo');
    await page.waitForURL(world.url + path);
  }));

test('pages and links are followed, filters narrow',
  withDesk({}, {}, async (world, desk) => {
    const session = await world.token('demo');
    await place(session, many(25, { side: 'sell' }));
    await place(session, many(20));
    const page = await open(desk, '/api/');
    await page.locator('pre a', { hasText: '/api/data/' }).click();
    await ready(page);
    await text(page, 'pager-count', '1\u201320 of 45');
    assert.equal(await byId(page, 'pager-previous').getAttribute('href'), null);
    await byId(page, 'pager-next').click();
    await ready(page);
    await text(page, 'pager-count', '21\u201340 of 45');
    await page.locator('pre a', { hasText: 'page=1' }).click();
    await ready(page);
    await text(page, 'pager-count', '1\u201320 of 45');
    await byId(page, 'filter-side').selectOption('sell');
    await byId(page, 'filter-price__gte').fill('20');
    await byId(page, 'filter-ordering').fill('price');
    await byId(page, 'filters-apply').click();
    await page.waitForURL(/side=sell/);
    await ready(page);
    await text(page, 'pager-count', '1\u20135 of 5');
    for (const link of await byId(page, 'formats').locator('a').all()) {
      const { status } = await session.get((await link.evaluate((a) =>
        a.pathname + a.search)));
      assert.equal(status, 200);
      assert.match(await link.getAttribute('href'), /side=sell.*format=/);
    }
    assert.equal((await shown(page)).results[0].price, '20.5');
    assert.equal(await byId(page, 'filter-side').inputValue(), 'sell');
    const { id } = (await shown(page)).results[0];
    await page.locator('pre a', { hasText: new RegExp(`^${id}$`) }).click();
    await ready(page);
    assert.equal(new URL(page.url()).pathname, `/api/data/${id}/`);
    await page.locator('.crumbs a', { hasText: 'data' }).click();
    await ready(page);
    desk.expected.push(/400/);
    await byId(page, 'filter-price__gte').fill('much');
    await byId(page, 'filters-apply').click();
    await page.waitForURL(/much/);
    await ready(page);
    await text(page, 'answer-status', '400');
    await text(page, 'answer-problem', 'price__gte');
    const input = byId(page, 'filter-price__gte');
    const error = await input.getAttribute('aria-describedby');
    assert.match(await page.locator(`#${error}`).innerText(), /number/);
    await byId(page, 'filters-clear').click();
    await ready(page);
    await text(page, 'pager-count', 'of 45');
  }));

test('a number is placed as it is meant, or refused by name',
  withDesk({}, { locale: 'de-DE' }, async (world, desk) => {
    const session = await world.token('demo');
    const page = await open(desk, '/api/data/');
    const form = await card(page, 'post');
    const note = (name) => form.locator('.field', { has: page.locator(`[name=${name}]`) })
      .locator('.field-error');
    const here = (name) => form.locator('.field', { has: page.locator(`[name=${name}]`) })
      .locator('output');
    await field(form, 'instrument').fill('  EDF01 ');
    for (const [quantity, price, ...words] of [
      ['1e3', '+7', /power of ten/, /without the plus/],
      ['1.234', '-12.500', /two ways: as 1234/, /two ways: as -12500/]]) {
      await field(form, 'quantity').fill(quantity);
      await field(form, 'price').fill(price);
      await byId(page, 'post-send').click();
      for (const [i, name] of ['quantity', 'price'].entries()) {
        assert.match(await note(name).innerText(), words[i]);
        assert.equal(await field(form, name).getAttribute('aria-invalid'),
                     'true');
      }
    }
    assert.equal((await session.get('/api/data/')).body.count, 0);
    // Corrected, the error goes; what it is here is said.
    await field(form, 'quantity').fill('1234');
    assert.equal(await note('quantity').innerText(), '');
    assert.equal(await here('quantity').innerText(), 'Here: 1.234');
    await field(form, 'price').fill('12.5');
    assert.equal(await here('price').innerText(), 'Here: 12,5');
    await byId(page, 'post-send').click();
    await text(page, 'post-result', '201');
    const { results: [order] } = (await session.get('/api/data/')).body;
    assert.deepEqual([order.instrument, order.quantity, order.price],
                     ['EDF01', '1234', '12.5']);
    await form.getByText('notation: no thousands separators').first().waitFor();
  }));

test('an order is placed by form, and what is wrong is said at the field',
  withDesk({}, { expected: [/400/] }, async (world, desk) => {
    const session = await world.token('demo');
    const page = await open(desk, '/api/data/');
    const form = await card(page, 'post');
    await field(form, 'instrument').fill('EDF01');
    await field(form, 'quantity').fill('-1');
    await field(form, 'price').fill('x');
    await byId(page, 'post-send').click();
    await text(page, 'post-result', '400');
    for (const name of ['quantity', 'price'])
      assert.equal(await field(form, name).getAttribute('aria-invalid'), 'true');
    assert.equal(await page.evaluate(() => document.activeElement.name),
                 'quantity');
    await field(form, 'quantity').fill('12.5');
    await field(form, 'price').fill('338.67');
    await field(form, 'side').selectOption('sell');
    await byId(page, 'post-send').click();
    await text(page, 'post-result', '201');
    const { body: { results } } = await session.get('/api/data/');
    assert.equal(results.length, 1);
    const { side, quantity, price, client_order_id: own } = results[0];
    assert.deepEqual([side, quantity, price, own],
                     ['sell', '12.5', '338.67', null]);
    await text(page, 'pager-count', 'of 1');
    // Raw: several at once, and JSON that can't be read.
    await byId(page, 'post-raw').click();
    const box = byId(page, 'post-body');
    assert.deepEqual(Object.keys(JSON.parse(await box.inputValue())),
                     ['instrument', 'quantity', 'price']);
    await box.fill('[{"instrument": "A", "quantity": 1, "price": 1}, {]');
    await byId(page, 'post-send').click();
    await text(page, 'post-result', '400');
    await box.fill('[{"instrument": "A", "quantity": 1, "price": 1}]');
    await byId(page, 'post-send').click();
    await text(page, 'pager-count', 'of 2');
  }));

test('a change in conflict shows what is there, and can be put on top of it',
  withDesk({}, { expected: [/412/] }, async (world, desk) => {
    const session = await world.token('demo');
    const { id } = await session.order();
    const path = `/api/data/${id}/`;
    const page = await open(desk, path);
    const form = await card(page, 'patch');
    assert.equal(await field(form, 'price').inputValue(), '10.5');
    await holds(page, 'patch-if-match', '"1"');
    await session.patch(path, { quantity: '7' });
    await field(form, 'price').fill('11');
    await byId(page, 'patch-send').click();
    await text(page, 'patch-result', '412');
    await text(page, 'patch-result', '"quantity": "7"');
    await byId(page, 'patch-keep-mine').click();
    await holds(page, 'patch-if-match', '"2"');
    await byId(page, 'patch-send').click();
    await text(page, 'patch-result', '200');
    // Only what was changed here was sent.
    const { body } = await session.get(path);
    assert.deepEqual([body.price, body.quantity, body.version], ['11', '7', 3]);
    await holds(page, 'patch-if-match', '"3"');
    await session.patch(path, { quantity: '8' });
    await field(form, 'price').fill('12');
    await byId(page, 'patch-send').click();
    await byId(page, 'patch-take-current').click();
    await text(page, 'patch-result', 'The form now shows');
    assert.equal(await field(form, 'price').inputValue(), '11');
    assert.equal(await field(form, 'quantity').inputValue(), '8');
    assert.equal((await shown(page)).quantity, '8');
  }));

test('what is replaced begins with what is there, as far as one may set it',
  withDesk({}, {}, async (world, desk) => {
    const session = await world.token('demo');
    const { id } = await session.order({ client_order_id: 'own' });
    const page = await open(desk, `/api/data/${id}/`);
    const form = await card(page, 'put');
    assert.equal(await field(form, 'status').count(), 0);
    await field(form, 'quantity').fill('3');
    await byId(page, 'put-send').click();
    await text(page, 'put-result', '200');
    const { body } = await session.get(`/api/data/${id}/`);
    assert.deepEqual([body.quantity, body.price, body.client_order_id],
                     ['3', '10.5', 'own']);
    await desk.context.clearCookies();
    const staff = await open(desk, `/api/data/${id}/`, 'boss');
    const all = await card(staff, 'put');
    await field(all, 'status').selectOption('filled');
    await field(all, 'filled_quantity').fill('3');
    await byId(staff, 'put-send').click();
    await text(staff, 'put-result', '200');
    assert.equal((await session.get(`/api/data/${id}/`)).body.status, 'filled');
  }));

test('a removal asks once, and the page then says that nothing is there',
  withDesk({}, { expected: [/404/] }, async (world, desk) => {
    const session = await world.token('demo');
    const { id } = await session.order();
    const page = await open(desk, `/api/data/${id}/`);
    await card(page, 'delete');
    await byId(page, 'delete-send').click();
    await page.locator('#confirm-no').click();
    assert.equal((await session.get(`/api/data/${id}/`)).status, 200);
    await byId(page, 'delete-send').click();
    await byId(page, 'confirm-yes').click();
    await text(page, 'delete-result', '204');
    await text(page, 'answer-problem', 'Not Found');
    assert.equal((await session.get(`/api/data/${id}/`)).status, 404);
    await byId(page, 'answer-problem').locator('a').click();
    await ready(page);
    await text(page, 'pager-count', 'None');
  }));

test('what others have added is a page without a line about it',
  withDesk({}, { expected: [/405/] }, async (world, desk) => {
    const session = await world.token('demo');
    const { id } = await session.order();
    await session.patch(`/api/data/${id}/`, { price: '2' });
    const page = await open(desk, '/api/audit/?action=order', 'boss');
    await page.locator('pre a', { hasText: new RegExp(`^${id}$`) }).first()
      .click();
    await ready(page);
    await page.locator('[data-testid=related] a').click();
    await ready(page);
    assert.equal(new URL(page.url()).pathname, `/api/data/${id}/history/`);
    assert.equal((await shown(page)).results.length, 2);
    await page.goto('/api/data/bulk/');
    await ready(page);
    const form = page.locator('[data-testid=post-card]');
    await field(form, 'action').selectOption('delete');
    await field(form, 'orders').fill(`[${id}]`);
    await byId(page, 'post-send').click();
    await text(page, 'post-result', '200');
    assert.equal((await session.get(`/api/data/${id}/`)).status, 404);
  }));

test('errors are pages too, and say how to go on',
  withDesk({}, { expected: [/40[345]/] }, async (world, desk) => {
    const page = await open(desk, '/api/data/999/');
    await text(page, 'answer-status', '404');
    await text(page, 'answer-problem', 'Go to /api/data/');
    await page.goto('/api/data/?scope=all');
    await text(page, 'answer-problem', 'only staff');
    await page.goto('/api/nothing/');
    await text(page, 'answer-status', '404');
    await page.goto('/api/ticket/');
    await text(page, 'answer-status', '405');
    await byId(page, 'post-send').click();
    await text(page, 'post-result', '201');
  }));

test('a server that is gone is told of, and asked again',
  withDesk({}, { expected: UNREACHABLE }, async (world, desk) => {
    const session = await world.token('demo');
    await session.order();
    const page = await open(desk, '/api/data/1/');
    const form = await card(page, 'patch');
    await field(form, 'price').fill('3');
    await world.stopDaemon();
    await byId(page, 'patch-send').click();
    await text(page, 'patch-result', 'cannot be reached');
    await byId(page, 'answer-again').click();
    await text(page, 'answer-status', 'cannot be reached');
    await world.startDaemon({ port: world.port });
    await byId(page, 'answer-again').click();
    await text(page, 'answer-status', '200');
    // What was typed is still there.
    await byId(page, 'patch-send').click();
    await text(page, 'patch-result', '200');
    assert.equal((await session.get('/api/data/1/')).body.price, '3');
  }));

test('by keyboard alone: found, placed, changed, removed',
  withDesk({}, { expected: [/404/] }, async (world, desk) => {
    const session = await world.token('demo');
    await session.order({ instrument: 'KEYS1' });
    const page = await open(desk, '/api/data/');
    const press = async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const tabTo = async (id) => {
      for (let i = 0; i < 120; i++) {
        const at = await page.evaluate(() =>
          document.activeElement.closest('[data-testid]')?.dataset.testid);
        const tag = await page.evaluate(() => document.activeElement.tagName);
        if (at === id || (at === `${id}-card` && tag === 'SUMMARY')) return;
        await press('Tab');
      }
      assert.fail(`no way to ${id} by Tab`);
    };
    await press('/');
    await page.keyboard.type('KEYS1');
    await press('Enter');
    await page.waitForURL(/search=KEYS1/);
    await ready(page);
    await tabTo('post');
    await press('Enter', 'Tab');
    assert.equal(await page.evaluate(() => document.activeElement.name),
                 'instrument');
    await page.keyboard.type('KEYS2');
    await press('Tab', 'Tab');
    await page.keyboard.type('5');
    await press('Tab');
    await page.keyboard.type('1.5');
    await press('Enter');
    await text(page, 'post-result', '201');
    await tabTo('post-location');
    await press('Enter');
    await page.waitForURL(/\/api\/data\/2\//);
    await ready(page);
    await tabTo('patch');
    await press('Enter');
    const named = () => page.evaluate(() => document.activeElement.name);
    for (let i = 0; i < 10 && await named() !== 'price'; i++)
      await press('Tab');
    assert.equal(await named(), 'price');
    await press('Control+a');
    await page.keyboard.type('2.5');
    await press('Enter');
    await text(page, 'patch-result', '200');
    // The focus stays where it was, though the form is a new one.
    await holds(page, 'patch-if-match', '"2"');
    await tabTo('delete');
    await press('Enter');
    await tabTo('delete-send');
    await press('Enter');
    await page.locator('#confirm[open]').waitFor();
    // The focus is on what changes nothing.
    await agreeByKeys(page);
    await text(page, 'delete-result', '204');
    assert.equal((await session.get('/api/data/2/')).status, 404);
  }));

test('the documentation tells of every route, for anybody',
  withDesk({}, {}, async (world, desk) => {
    const session = await world.token('demo');
    const { body: { paths, components } } = await session.get('/api/schema/');
    const page = await desk.page('/api/docs/');
    await ready(page);
    for (const methods of Object.values(paths))
      for (const { operationId } of Object.values(methods))
        assert.equal(await byId(page, operationId).count(), 1, operationId);
    for (const name of Object.keys(components.schemas))
      assert.equal(await page.locator(`#shape-${name}`).count(), 1, name);
    // A link to a shape opens it.
    const one = byId(page, 'post_api_data');
    await one.locator('a', { hasText: 'OrderInput' }).first().click();
    await page.locator('#shape-OrderInput details[open]').waitFor();
    assert.match(await page.locator('#login-link').getAttribute('href'),
                 /\/accounts\/login\/\?next=%2Fapi%2Fdocs%2F$/);
    await byId(page, 'get_api_data').locator('a', { hasText: 'Try it' }).click();
    await enter(page, 'demo');
    await ready(page);
    assert.equal(new URL(page.url()).pathname, '/api/data/');
    await page.goto('/api/docs/');
    await byId(page, 'user-menu').filter({ hasText: 'demo' }).waitFor();
    assert.equal(await page.locator('#login-link').isVisible(), false);
  }));

for (const [width, height] of [[1440, 900], [390, 844]]) {
  test(`nothing sticks out at ${width}`,
    withDesk({}, { expected: [/40[04]/], viewport: { width, height } },
      async (world, desk) => {
        const session = await world.token('demo');
        await session.order({ instrument: 'W'.repeat(255),
                              client_order_id: 'w'.repeat(64) });
        const page = await open(desk, '/api/data/');
        for (const path of ['/api/', '/api/data/', '/api/data/1/', '/api/token/',
                            `/api/data/?search=${'W'.repeat(200)}`,
                            '/api/data/9/', '/api/schema/', '/api/docs/']) {
          await page.goto(path);
          await ready(page);
          for (const summary of await page.locator('details:not(.menu) > summary')
            .all()) await summary.evaluate((one) => {
            one.parentElement.open = true;
          });
          const wide = await page.evaluate(() => [
            document.documentElement.scrollWidth, innerWidth]);
          assert.ok(wide[0] <= wide[1], `${path}: ${wide}`);
        }
      }));
}
