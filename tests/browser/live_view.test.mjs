// The page of docs/websocket.md, as it stands there: a DataTable that is live
// while everything about it changes, held against fresh draws.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { after, before } from 'node:test';
import { closeBrowser, many, openBrowser, place, rowsOf, withDesk }
  from './lib/page.mjs';

before(openBrowser);
after(closeBrowser);

const manual = await readFile(
  new URL('../../docs/websocket.md', import.meta.url), 'utf8');
const example = /```html\n([^]*?)```/.exec(manual)[1]
  .replace('</script>', 'Object.assign(globalThis, { view, socket });\n</script>');

// Behind the login, at an address of the daemon's own, in place of what is there.
async function open(desk, { name = 'demo', change = (text) => text } = {}) {
  const page = await desk.at('/healthz', name);
  await page.setContent(`<!doctype html><title>example</title>${
    change(example)}`);
  await rowsOf(page).first().waitFor();
  page.drawn = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/data/')) page.drawn.push(request.url());
  });
  return page;
}

// Our own pages have no script in them.
const inline = { bypassCSP: true };

// What the page shows, what its own page of the view is, and what a draw says.
const compare = (page) => page.evaluate(async () => {
  const table = new window.DataTable.Api('#orders');
  const request = table.ajax.params();
  request.start = window.view.page.start;
  const draw = await (await fetch('/api/data/?format=datatables&' +
    window.DataTable.ajax.serialize(request))).json();
  const shown = [...document.querySelectorAll('#orders > tbody > tr[id]')]
    .map((row) => [...row.cells].map((cell) => cell.textContent));
  const names = ['id', 'instrument', 'side', 'quantity', 'price', 'status'];
  const { recordsTotal, recordsDisplay } = table.page.info();
  return {
    shown, wanted: draw.data.map((row) => names.map((name) =>
      String(row[name]))),
    counts: [recordsTotal, recordsDisplay],
    wantedCounts: [draw.recordsTotal, draw.recordsFiltered],
  };
});

// Once nobody writes any more.
async function settled(page) {
  for (;;) {
    const { shown, wanted, counts, wantedCounts } = await compare(page);
    if (JSON.stringify([shown, counts]) ===
        JSON.stringify([wanted, wantedCounts])) return;
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

// A test looks through it.
const withTable = (text) => text.replace('const url',
  'globalThis.DataTable = DataTable;\nconst url');

async function writeOn(session, ids, body) {
  let going = true;
  let count = 0;
  const write = async () => {
    while (going) {
      count++;
      const id = ids[(count * 7) % ids.length];
      if (count % 5 === 0) {
        await session.order({ instrument: `NEW${count}`,
                              price: String(count % 50) });
      } else {
        await session.patch(`/api/data/${id}/`, { price: `${count % 90}.25` });
      }
    }
  };
  const writers = [write(), write(), write()];
  try {
    await body();
  } finally {
    going = false;
    await Promise.all(writers);
  }
  assert.ok(count > 20, `${count} writes`);
}

test('sorted, searched and paged while changes come: no request, no row that is not so',
  withDesk({}, inline, async (world, desk) => {
    const token = await world.token('demo');
    const ids = (await place(token, many(80))).map(({ id }) => id);
    const page = await open(desk, { change: withTable });
    const acts = [
      () => page.locator('th', { hasText: 'price' }).click(),
      () => page.locator('th', { hasText: 'price' }).click(),
      () => page.fill('.dt-search input', 'ins1'),
      () => page.locator('.dt-paging .next').click(),
      () => page.fill('.dt-search input', ''),
      () => page.selectOption('.dt-length select', '25'),
      () => page.locator('th', { hasText: 'instrument' }).click(),
    ];
    await writeOn(token, ids, async () => {
      for (const act of acts) {
        const seq = await page.evaluate(() => window.view.page?.seq ?? 0);
        await act();
        await page.waitForFunction((before) => window.view.page?.seq > before + 3, seq);
      }
    });
    assert.deepEqual(page.drawn, []);
    await settled(page);
    await page.locator('th', { hasText: 'id' }).first().click();
    await settled(page);
  }));

test('a row that changes keeps its node and its focus',
  withDesk({}, inline, async (world, desk) => {
    const token = await world.token('demo');
    const [{ id }] = (await place(token, many(8))).slice(3);
    const page = await open(desk, { change: (text) => withTable(text).replace(
      'serverSide: true,',
      'serverSide: true, createdRow: (row) => { row.tabIndex = -1; },') });
    await page.evaluate((one) => {
      const row = document.getElementById(`order-${one}`);
      row.focus();
      row.isTheOldOne = true;
    }, id);
    await token.patch(`/api/data/${id}/`, { price: '777' });
    await page.locator(`#order-${id}`, { hasText: '777' }).waitFor();
    assert.deepEqual(await page.evaluate((one) => {
      const row = document.getElementById(`order-${one}`);
      return [row === document.activeElement, row.isTheOldOne];
    }, id), [true, true]);
    // Another comes above it; when it is quiet DataTables makes its rows anew.
    await token.order();
    await page.locator('.dt-info', { hasText: '9' }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id),
                 `order-${id}`);
    await settled(page);
  }));

test('nothing is replaced while it is held, and all of it comes then',
  withDesk({}, inline, async (world, desk) => {
    const token = await world.token('demo');
    const made = await place(token, many(5));
    const page = await open(desk, { change: (text) => withTable(text).replace(
      'const view = new LiveView({',
      'const view = new LiveView({ isHeld: () => window.isHeld,') });
    await page.evaluate(() => { window.isHeld = true; });
    for (let i = 0; i < 3; i++) await token.order();
    await page.waitForFunction(() => window.view.page.data.length === 8);
    // What is shown changes all the same, and nothing else.
    await token.patch(`/api/data/${made[2].id}/`, { price: '777' });
    await page.locator(`#order-${made[2].id}`, { hasText: '777' }).waitFor();
    assert.equal(await rowsOf(page).count(), 5);
    await page.evaluate(() => {
      window.isHeld = false;
      window.view.look();
    });
    await rowsOf(page).nth(7).waitFor();
    await settled(page);
  }));

test('without the socket the page draws by requests, and is live again with it',
  withDesk({}, { ...inline, expected: [/WebSocket/] }, async (world, desk) => {
    const token = await world.token('demo');
    await place(token, many(30));
    const page = await open(desk, { change: withTable });
    await page.evaluate(() => window.socket.close());
    await page.waitForFunction(() => !window.view.isLive);
    await page.locator('.dt-paging .next').click();
    await page.locator('.dt-info', { hasText: '11' }).waitFor();
    assert.equal(page.drawn.length, 1);
    await token.order();
    await page.evaluate(() => new Promise((done) => {
      const again = new WebSocket(window.socket.url, 'orders');
      again.onmessage = window.socket.onmessage;
      again.onopen = () => {
        window.socket.send = (text) => again.send(text);
        window.view.connected = true;
        done();
      };
    }));
    await page.waitForFunction(() => window.view.isLive);
    await token.order();
    await page.locator('.dt-info', { hasText: '32' }).waitFor();
    await settled(page);
  }));

test('an anchored page stays where it is',
  withDesk({}, inline, async (world, desk) => {
    const token = await world.token('demo');
    await place(token, many(40));
    const page = await open(desk, { change: (text) => withTable(text)
      .replace('const view = new LiveView({',
               'const view = new LiveView({ isAnchored: ({ start }) => start > 0,') });
    await page.locator('.dt-paging .next').click();
    await page.waitForFunction(() => window.view.page?.start === 10);
    const before = await rowsOf(page).evaluateAll((rows) =>
      rows.map(({ id }) => id));
    for (let i = 0; i < 3; i++) await token.order();
    await page.waitForFunction(() => window.view.page.start === 13);
    assert.deepEqual(await rowsOf(page).evaluateAll((rows) =>
      rows.map(({ id }) => id)), before);
    // The next page goes on from here.
    await page.locator('.dt-paging .next').click();
    await page.waitForFunction(() => window.view.page?.start === 23);
    assert.deepEqual((await compare(page)).shown.length, 10);
    // And the first one is the first.
    await page.locator('.dt-paging .first').click();
    await page.waitForFunction(() => window.view.page?.start === 0);
    await settled(page);
  }));

test('the last row of a page goes: the last page is shown',
  withDesk({}, inline, async (world, desk) => {
    const token = await world.token('demo');
    const ids = (await place(token, many(11))).map(({ id }) => id);
    const page = await open(desk, { change: withTable });
    await page.locator('.dt-paging .next').click();
    await page.locator(`#order-${ids[0]}`).waitFor();
    assert.equal((await token.delete(`/api/data/${ids[0]}/`)).status, 204);
    await rowsOf(page).nth(9).waitFor();
    await settled(page);
  }));

test('a page that nobody sees keeps no rows, and is right when it is seen again',
  withDesk({}, inline, async (world, desk) => {
    const token = await world.token('demo');
    await place(token, many(12));
    const page = await open(desk, { change: withTable });
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true,
                                                  configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    for (let i = 0; i < 40; i++) await token.order();
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: false,
                                                  configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await settled(page);
    assert.deepEqual(page.drawn.filter((url) => !url.includes('format=')), []);
  }));
