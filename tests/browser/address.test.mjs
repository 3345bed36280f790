// What is searched, sorted and paged stands in the address: it survives a
// reload, can be sent on, and Back and Forward lead through it.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { byId, closeBrowser, idsOf, info, loaded, many, openBrowser, place,
         row, rowsOf, search, state, withDesk } from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const at = (page, query) => page.waitForFunction((wanted) =>
  new URLSearchParams(location.search).toString() === wanted, query);
const head = (page, name) => page.locator('#orders thead').getByRole(
  'columnheader', { name });
const typed = (page) => byId(page, 'orders-search').inputValue();

test('search, order and page of one\'s orders are in the address',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(60, { price: '7' }));
    await place(demo, many(3, { instrument: 'EDF01', side: 'sell',
                                price: '8' }));
    const page = await desk.login();
    await info(page, '1–25 of 63');
    await at(page, '');
    await head(page, 'Price').click();
    await at(page, 'sort=price');
    await page.getByRole('button', { name: 'Next page' }).click();
    await info(page, '26–50 of 63');
    await at(page, 'sort=price&page=2&rows=25');
    const ids = await idsOf(page);
    await page.reload();
    await info(page, '26–50 of 63');
    assert.deepEqual(await idsOf(page), ids);
    assert.equal(await head(page, 'Price').getAttribute('aria-sort'),
                 'ascending');
    await state(page, 'live');
    // What is typed with rests is one place.
    await search(page, 'ed');
    await info(page, '1–3 of 3 (63 in all)');
    await at(page, 'sort=price&search=ed');
    await search(page, 'edf sell');
    await at(page, 'sort=price&search=edf+sell');
    await search(page, '!edf !INS4');
    await info(page, '1–25 of 49 (63 in all)');
    await page.goBack();
    await info(page, '26–50 of 63');
    assert.deepEqual(await idsOf(page), ids);
    assert.equal(await typed(page), '');
    await page.goBack();
    await info(page, '1–25 of 63');
    await page.goBack();
    await at(page, '');
    await page.locator('#orders thead [aria-sort=ascending]')
      .waitFor({ state: 'detached' });
    for (let i = 0; i < 3; i++) await page.goForward();
    await info(page, '1–25 of 49 (63 in all)');
    assert.equal(await typed(page), '!edf !INS4');
    // Rows that change go on in what Back has led to.
    await demo.order({ instrument: 'NEW' });
    await info(page, '1–25 of 50 (64 in all)');
  }));

test('an address that asks for what is not there shows what is',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(30));
    const page = await desk.login();
    await page.goto('/?page=99&rows=10&sort=-quantity');
    await info(page, '21–30 of 30');
    await at(page, 'page=3&rows=10&sort=-quantity');
    await page.goto('/?page=none&rows=7&sort=colour&search=%22');
    await info(page, 'None of 30');
    await at(page, 'search=%22');
    assert.equal(await typed(page), '"');
    await page.goBack();
    await info(page, '21–30 of 30');
  }));

test('everybody\'s orders: filters, search and page go back together',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    await place(demo, many(60));
    const page = await desk.at('/admin/orders/', 'boss');
    await loaded(page);
    await state(page, 'live');
    await page.getByRole('button', { name: 'Next page' }).click();
    await info(page, '26–50 of 60');
    await byId(page, 'filter-instrument').fill('INS1');
    await info(page, '1–11 of 11 (60 in all)');
    await at(page, 'instrument=INS1');
    await search(page, 'INS12');
    await info(page, '1–1 of 1 (60 in all)');
    await at(page, 'instrument=INS1&search=INS12');
    await page.reload();
    await info(page, '1–1 of 1 (60 in all)');
    await page.goBack();
    await info(page, '1–11 of 11 (60 in all)');
    assert.equal(await typed(page), '');
    await page.goBack();
    await info(page, '26–50 of 60');
    assert.equal(await byId(page, 'filter-instrument').inputValue(), '');
    await page.goForward();
    await info(page, '1–11 of 11 (60 in all)');
    assert.equal(await rowsOf(page).count(), 11);
  }));

test('the list of users goes back and forward, and survives a reload',
  withDesk({}, {}, async (world, desk) => {
    const boss = await world.login('boss');
    for (let i = 0; i < 60; i++)
      assert.equal((await boss.post('/api/users/', {
        username: `trader${i}`, password: 'long-enough-secret' })).status, 201);
    const page = await desk.at('/admin/users/', 'boss');
    const count = (text) => byId(page, 'users-count').getByText(text,
      { exact: true }).waitFor();
    await count('1–50 of 63');
    await page.locator('#next').click();
    await count('51–63 of 63');
    await at(page, 'page=2');
    await page.reload();
    await count('51–63 of 63');
    await byId(page, 'users-search').fill('trader1');
    await count('1–11 of 11');
    await at(page, 'search=trader1');
    await page.goBack();
    await count('51–63 of 63');
    await page.goto('/admin/users/?page=9');
    await count('51–63 of 63');
    await at(page, 'page=2');
  }));

test('an open history is in the address: it survives a reload, and Back closes it',
  withDesk({}, {}, async (world, desk) => {
    const demo = await world.token('demo');
    const [{ id }, { id: other }] = await place(demo, many(2));
    for (const [path, name] of [['/', 'demo'], ['/admin/orders/', 'boss']]) {
      const page = await desk.at(path, name);
      const drawer = byId(page, 'history');
      const title = (text) => drawer.getByText(text, { exact: true }).waitFor();
      await loaded(page);
      await search(page, 'INS');
      await at(page, 'search=INS');
      await row(page, id).click();
      await page.keyboard.press('h');
      await title(`History of order ${id}`);
      await at(page, `search=INS&history=${id}`);
      await page.reload();
      await title(`History of order ${id}`);
      await drawer.locator('li').first().waitFor();
      await loaded(page);
      assert.equal(await typed(page), 'INS');
      await page.goBack();
      await drawer.waitFor({ state: 'hidden' });
      await at(page, 'search=INS');
      await page.goForward();
      await title(`History of order ${id}`);
      // Closed by hand it is out of the address, and Back opens it again.
      await page.keyboard.press('Escape');
      await at(page, 'search=INS');
      await row(page, other).click();
      await page.keyboard.press('h');
      await title(`History of order ${other}`);
      await page.evaluate(() => window.history.go(-2));
      await title(`History of order ${id}`);
      await page.goto(`${path}?history=none`);
      await loaded(page);
      await at(page, '');
      assert.equal(await drawer.isVisible(), false);
      await page.close();
    }
  }));
