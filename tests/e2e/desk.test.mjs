// What users keep of how their pages look: layouts and settings.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from './lib/http.mjs';
import { withWorld } from './lib/world.mjs';

const LAYOUTS = '/api/me/layouts/';
const SETTINGS = '/api/me/settings/';
const open = { columns: [{ name: 'instrument', width: 120 },
  { name: 'price', visible: false }, { name: 'of a later page' }],
  order: [{ column: 'updated', dir: 'desc' }],
  filters: { status__in: 'new,partially_filled', created: 'today' },
  search: 'edf', page_length: 50, page: { panes: [1, 2.5, null, { a: true }] } };

const put = (session, name, body, headers) =>
  session.put(`${LAYOUTS}${encodeURIComponent(name)}/`, body, headers);
const names = async (session) => (await session.get(LAYOUTS)).body.results
  .map(({ name, shared }) => [name, shared]);

test('a layout is kept, shown, changed and removed, by its user alone',
  withWorld({}, async (world) => {
    const demo = await world.login('demo');
    const other = await world.token('other');
    const made = await put(demo, 'Open \u00e9', { layout: open });
    assert.equal(made.status, 201, made.text);
    const { version, created, updated, ...rest } = made.body;
    assert.deepEqual(rest, { name: 'Open \u00e9', shared: false, layout: open });
    assert.equal(updated, created);
    assert.equal(made.headers.etag, `"${version}"`);
    assert.equal(made.headers.location, `${LAYOUTS}Open%20%C3%A9/`);
    const path = made.headers.location;
    assert.deepEqual((await demo.get(path)).body, made.body);
    assert.equal((await other.get(path)).status, 404);
    assert.deepEqual(await names(demo), [['Open \u00e9', false]]);
    assert.deepEqual(await names(other), []);
    const again = await demo.put(path, { layout: {} });
    assert.equal(again.status, 200);
    assert.ok(again.body.version > version);
    assert.equal(again.body.created, created);
    assert.equal((await demo.delete(path)).status, 204);
    assert.equal((await demo.delete(path)).status, 404);
    assert.equal((await demo.get(path)).status, 404);
  }));

// A + stands for a blank in a query, and in a path for itself.
test('a name with a + is not one with a blank', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  for (const [name, search] of [['a+b', 'plus'], ['a b', 'blank']])
    assert.equal((await put(demo, name, { layout: { search } })).status, 201);
  const search = async (path) => (await demo.get(path)).body.layout?.search;
  assert.equal(await search(`${LAYOUTS}a+b/`), 'plus');
  assert.equal(await search(`${LAYOUTS}a%2Bb/`), 'plus');
  assert.equal(await search(`${LAYOUTS}a%20b/`), 'blank');
  assert.equal((await demo.get(`${LAYOUTS}+/`)).status, 404);
  assert.equal((await demo.delete(`${LAYOUTS}a+b/`)).status, 204);
  assert.deepEqual(await names(demo), [['a b', false]]);
}));

test('a version that is not there any more is told, with what is', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const none = { 'If-None-Match': '*' };
    const first = await put(demo, 'a', { layout: open }, none);
    assert.equal(first.status, 201);
    const twice = await put(demo, 'a', { layout: {} }, none);
    assert.equal(twice.status, 412);
    assert.deepEqual(twice.body.current.layout, open);
    const now = first.headers.etag;
    const next = await put(demo, 'a', { layout: {} }, { 'If-Match': now });
    assert.equal(next.status, 200);
    assert.equal((await put(demo, 'a', { layout: open }, { 'If-Match': now }))
      .status, 412);
    assert.equal((await demo.get(`${LAYOUTS}a/`,
      { 'If-None-Match': next.headers.etag })).status, 304);
    assert.equal((await demo.delete(`${LAYOUTS}a/`, { 'If-Match': now })).status,
                 412);
    await demo.delete(`${LAYOUTS}a/`);
    // One of that name, made anew, is another.
    const gone = await put(demo, 'a', { layout: open },
                           { 'If-Match': next.headers.etag });
    assert.equal(gone.status, 412);
    assert.match(gone.body.detail, /layout no longer exists/);
    assert.equal(gone.body.current, undefined);
    const anew = await put(demo, 'a', { layout: open });
    assert.notEqual(anew.headers.etag, now);
    assert.equal((await put(demo, 'a', { layout: open }, { 'If-Match': '7' }))
      .status, 400);
  }));

test('what is shared is kept by staff, and read by all', withWorld(
  {}, async (world) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    const shared = { layout: open, shared: true };
    assert.equal((await put(demo, 'desk', shared)).status, 403);
    assert.equal((await put(boss, 'desk', shared)).status, 201);
    assert.deepEqual(await names(boss), [['desk', true]]);
    assert.deepEqual(await names(demo), [['desk', true]]);
    assert.deepEqual((await demo.get(`${LAYOUTS}desk/`)).body.layout, open);
    // One's own comes before it, and hides nothing.
    await put(demo, 'desk', { layout: { search: 'mine' } });
    assert.deepEqual(await names(demo), [['desk', false], ['desk', true]]);
    assert.deepEqual((await demo.get(`${LAYOUTS}desk/`)).body.layout,
                     { search: 'mine' });
    assert.deepEqual((await demo.get(`${LAYOUTS}desk/?shared=true`)).body.layout,
                     open);
    assert.equal((await demo.delete(`${LAYOUTS}desk/?shared=true`)).status, 403);
    assert.equal((await boss.delete(`${LAYOUTS}desk/`)).status, 404);
    await put(boss, 'desk', { ...shared, layout: {} });
    assert.equal((await boss.delete(`${LAYOUTS}desk/?shared=true`)).status, 204);
    assert.deepEqual(await names(demo), [['desk', false]]);
    const { body } = await boss.get('/api/audit/?action=layout');
    assert.deepEqual(body.results.map(({ action, changes }) =>
      [action, changes.name]), [['layout.remove', ['desk', null]],
      ['layout.change', ['desk', 'desk']], ['layout.create', [null, 'desk']]]);
  }));

test('every fault of a layout is named', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const bad = await put(demo, 'a', { layout: { columns: [{ width: 3, x: 1 }],
    order: [{ column: 'id', dir: 'up' }], filters: { side: 1 }, page: [],
    page_length: 1.5, search: 's'.repeat(256), hue: 1 } });
  assert.equal(bad.status, 400);
  assert.deepEqual(Object.keys(bad.body.errors).sort(), ['layout.columns.0.name',
    'layout.columns.0.width', 'layout.columns.0.x', 'layout.filters.side',
    'layout.hue', 'layout.order.0.dir', 'layout.page', 'layout.page_length',
    'layout.search']);
  for (const [body, field] of [
    [{}, 'layout'], [{ layout: [] }, 'layout'], [{ layout: {}, x: 1 }, 'x'],
    [{ layout: {}, shared: 'yes' }, 'shared'],
    [{ layout: { columns: Array.from({ length: 65 },
                                     () => ({ name: 'a' })) } },
    'layout.columns'],
    [{ layout: { page: { long: 'x'.repeat(33000) } } }, 'layout'],
  ]) {
    const { status, body: problem } = await put(demo, 'a', body);
    assert.equal(status, 400, JSON.stringify(body).slice(0, 80));
    assert.deepEqual(Object.keys(problem.errors), [field]);
  }
  for (const name of ['a\u0007b', ' ', 'x'.repeat(65), 'a\u200bb', 'a/b',
    '\u20ac'.repeat(300)]) {
    const { status, body } = await put(demo, name, { layout: {} });
    assert.equal(status, 400, name);
    assert.ok(!body.errors || body.errors.name, name);
  }
  assert.equal((await put(demo, 'x'.repeat(64), { layout: {} })).status, 201);
  assert.equal((await demo.put(`${LAYOUTS}a/`, '[]')).status, 400);
  assert.equal((await demo.get(`${LAYOUTS}a/?shared=x`)).status, 400);
}));

test('a user has 50 layouts, and so have all together', withWorld(
  { settings: ['--page-changes-per-user', '0'] }, async (world) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    for (let i = 0; i < 50; i++)
      assert.equal((await put(boss, `l${i}`, { layout: {} })).status, 201);
    const full = await put(boss, 'more', { layout: {} });
    assert.equal(full.status, 409);
    assert.match(full.body.detail, /50 layouts already/);
    assert.equal((await put(boss, 'l0', { layout: open })).status, 200);
    assert.equal((await put(boss, 'more', { layout: {}, shared: true })).status,
                 201);
    assert.equal((await put(demo, 'more', { layout: {} })).status, 201);
  }));

test('settings: none at first, replaced, changed in part, forgotten', withWorld(
  {}, async (world) => {
    const demo = await world.login('demo');
    const other = await world.token('other');
    const none = await demo.get(SETTINGS);
    assert.deepEqual(none.body, { version: 1, updated: null, settings: {} });
    assert.equal(none.headers.etag, '"1"');
    const all = { theme: 'dark', density: 'compact', locale: 'de-CH',
      zone: 'Europe/Paris', clock: '24h', milliseconds: true, layout: 'Open',
      watch: ['EDF01', 'FGBL'], page: { x: 1 },
      ticket: { side: 'buy', quantity: '100',
                instruments: { FGBL: { quantity: 5, side: null } } } };
    const first = await demo.put(SETTINGS, all, { 'If-Match': '"1"' });
    assert.equal(first.status, 200, first.text);
    assert.deepEqual(first.body.settings, all);
    assert.equal((await demo.put(SETTINGS, {}, { 'If-Match': '"1"' })).status,
                 412);
    const part = await demo.patch(SETTINGS, { theme: 'light', zone: null,
      ticket: { quantity: null, instruments: { EDF01: { side: 'sell' },
                                               FGBL: { quantity: '7' } } } });
    assert.equal(part.status, 200, part.text);
    const { zone, ...rest } = all;
    assert.equal(zone, 'Europe/Paris');
    assert.deepEqual(part.body.settings, { ...rest, theme: 'light',
      ticket: { side: 'buy', instruments: { EDF01: { side: 'sell' },
                                            FGBL: { quantity: '7', side: null } } } });
    assert.ok(part.body.version > first.body.version);
    assert.deepEqual((await demo.get(SETTINGS)).body, part.body);
    assert.deepEqual((await other.get(SETTINGS)).body.settings, {});
    const stale = await demo.delete(SETTINGS,
                                    { 'If-Match': first.headers.etag });
    assert.equal(stale.status, 412);
    assert.equal(stale.body.current.settings.theme, 'light');
    assert.equal((await demo.delete(SETTINGS)).status, 204);
    assert.deepEqual((await demo.get(SETTINGS)).body, none.body);
  }));

test('a watch list changed in two places at once loses neither change', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const seen = await demo.patch(SETTINGS, { watch: ['A', 'B'] });
    const version = { 'If-Match': seen.headers.etag };
    assert.equal((await demo.patch(SETTINGS, { watch: ['A', 'B', 'C'] },
                                   version)).status, 200);
    // The one who comes later is told what there is, and goes by that.
    const late = await demo.patch(SETTINGS, { watch: ['B'] }, version);
    assert.equal(late.status, 412);
    assert.deepEqual(late.body.current.settings, { watch: ['A', 'B', 'C'] });
    const again = await demo.patch(SETTINGS, { watch: ['B', 'C'] },
      { 'If-Match': late.headers.etag });
    assert.deepEqual(again.body.settings, { watch: ['B', 'C'] });
    // Bounded by its symbols, by the length of each, and by all there is.
    const most = Array.from({ length: 1000 }, (_, i) => `S${i}`);
    assert.deepEqual((await demo.patch(SETTINGS, { watch: most })).body.settings
      .watch, most);
    for (const [watch, field] of [[[...most, 'ONE'], 'watch'],
      [['x'.repeat(256)], 'watch.0'], [Array(200).fill('x'.repeat(255)), 'body'],
      ['A', 'watch']]) {
      const { status, body } = await demo.patch(SETTINGS, { watch });
      assert.equal(status, 400);
      assert.deepEqual(Object.keys(body.errors), [field]);
    }
    assert.deepEqual((await demo.patch(SETTINGS, { watch: null })).body.settings,
                     {});
  }));

test('every fault of settings is named, and nothing is kept', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const bad = await demo.put(SETTINGS, { theme: 'pink', density: 1,
      zone: 'Mars/Base', clock: '25h', milliseconds: 'no', hue: 1,
      locale: 'x'.repeat(36), watch: ['A', '', 7], layout: null,
      ticket: { quantity: '0', side: 'hold',
                instruments: { A: { price: '1' }, '': {} } } });
    assert.equal(bad.status, 400);
    assert.deepEqual(Object.keys(bad.body.errors).sort(), ['clock', 'density',
      'hue', 'layout', 'locale', 'milliseconds', 'theme', 'ticket.instruments.',
      'ticket.instruments.A.price', 'ticket.quantity', 'ticket.side', 'watch.1',
      'watch.2', 'zone']);
    for (const [body, field] of [[{ watch: Array(1001).fill('A') }, 'watch'],
      [{ page: { x: 'y'.repeat(33000) } }, 'body'], [{ page: 1 }, 'page']]) {
      const answer = await demo.patch(SETTINGS, body);
      assert.equal(answer.status, 400);
      assert.deepEqual(Object.keys(answer.body.errors), [field]);
    }
    assert.equal((await demo.put(SETTINGS, '[1]')).status, 400);
    assert.equal((await demo.form(SETTINGS, { theme: 'dark' })).status, 405);
    assert.deepEqual((await demo.get(SETTINGS)).body.settings, {});
  }));

test('scopes and limits', withWorld({ settings: ['--page-changes-per-user', '6'] },
  async (world) => {
    const boss = await world.login('boss');
    const token = async (...scopes) => {
      const { body } = await boss.post('/api/token/', { name: 'x', scopes });
      const session = new Session(world.url);
      session.token = body.token;
      return session;
    };
    const read = await token('orders:read');
    const write = await token('orders:write');
    const both = await token('orders:write', 'admin');
    const body = { layout: {} };
    assert.equal((await read.get(LAYOUTS)).status, 200);
    assert.equal((await read.get(SETTINGS)).status, 200);
    assert.equal((await put(read, 'a', body)).status, 403);
    assert.equal((await write.get(SETTINGS)).status, 403);
    assert.equal((await put(write, 'a', body)).status, 201);
    assert.equal((await put(write, 'a', { ...body, shared: true })).status, 403);
    assert.equal((await put(both, 'a', { ...body, shared: true })).status, 201);
    // Four are counted so far: what is refused is, too.
    assert.equal((await boss.patch(SETTINGS, { theme: 'dark' })).status, 200);
    assert.equal((await boss.delete(SETTINGS)).status, 204);
    const refused = await put(boss, 'b', body);
    assert.equal(refused.status, 429);
    assert.match(refused.body.detail, /how pages look/);
    assert.equal((await boss.get(SETTINGS)).status, 200);
    assert.equal((await put(await world.token('demo'), 'b', body)).status, 201);
    const { limits } = (await boss.get('/api/me/')).body;
    assert.equal(limits.page_changes_per_minute, 6);
  }));
