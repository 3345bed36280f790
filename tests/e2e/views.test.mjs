// Live views over the websocket: what is answered, what patches bring, who may,
// and what ends one.
import assert from 'node:assert/strict';
import test from 'node:test';
import { View, fill, newest } from './lib/view.mjs';
import { withWorld } from './lib/world.mjs';

test('the answer is a draw at its position, byte for byte',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await fill(demo, 12, (i) => ({ instrument: `<&é${i}>`, side: 'sell' }));
    const stream = await world.open(demo);
    const view = new View(stream, demo, 'grid', { params: { ...newest, draw: 7 } });
    const answer = await view.open({ ref: 'r1' });
    const text = stream.lastText;
    assert.equal(answer.ref, 'r1');
    assert.equal(answer.stream, 'orders');
    assert.equal(answer.draw, 7);
    const draw = await view.draw();
    assert.deepEqual(answer.position, draw.position);
    assert.ok(view.isAs(draw));
    const { text: drawn } = await demo.get(`/api/data/?${view.arguments()}`);
    assert.equal(text.slice(text.indexOf('"recordsTotal"'), -1)
      .replace(/"position":\{.*?\},/, ''),
    drawn.slice(drawn.indexOf('"recordsTotal"'), -1)
      .replace(/"position":\{.*?\},/, ''));
  }));

test('every kind of write is shown, and no more is sent than has changed',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await fill(demo, 8);
    const stream = await world.open(demo);
    const view = new View(stream, demo, 'grid', { params: newest });
    await view.open();

    const order = await demo.order({ instrument: 'NEW' });
    const came = await stream.next();
    assert.deepEqual(came.ids, [9, 8, 7, 6, 5]);
    assert.deepEqual(came.rows.map(({ id }) => id), [9]);
    assert.equal(came.recordsTotal, 9);
    assert.equal(came.rows[0].DT_RowId, 'order-9');
    assert.match(came.time, /Z$/);
    view.apply(came);
    await view.settle();

    assert.equal((await demo.patch(`/api/data/${order.id}/`,
      { price: '77.5' })).status, 200);
    const changed = await stream.next();
    assert.equal(changed.ids, undefined);
    assert.equal(changed.recordsTotal, undefined);
    assert.deepEqual(changed.rows.map(({ price }) => price), ['77.5']);
    view.apply(changed);

    assert.equal((await demo.delete('/api/data/7/')).status, 204);
    const left = await stream.next();
    assert.deepEqual(left.ids, [9, 8, 6, 5, 4]);
    assert.deepEqual(left.rows.map(({ id }) => id), [4]);
    view.apply(left);

    // Below the window: the counts alone.
    assert.equal((await demo.delete('/api/data/1/')).status, 204);
    const below = await stream.next();
    assert.deepEqual(Object.keys(below).sort(), ['from', 'id', 'recordsFiltered',
      'recordsTotal', 'seq', 'stream', 'time', 'type']);
    view.apply(below);
    // And there a change of a row shows nothing at all.
    assert.equal((await demo.patch('/api/data/2/', { price: '3' })).status, 200);
    await stream.silent();
    await view.settle();
  }));

test('who looks at the same page is sent the same, each under its own name',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.token('boss');
    await fill(demo, 8);
    const views = [];
    for (const [session, id, options] of [
      [demo, 'grid', {}], [demo, 'grid', {}], [demo, 'other', {}],
      [boss, 'grid', { stream: 'user:demo' }]]) {
      const stream = await world.open(session);
      const view = new View(stream, session, id, { params: newest, ...options });
      await view.open({ max_rate: 60 });
      views.push({ view, stream, id, label: options.stream ?? 'orders' });
    }
    for (let i = 0; i < 20; i++) {
      assert.equal((await demo.patch('/api/data/8/',
                                     { price: `${100 + i}` })).status, 200);
      for (const { view, stream, id, label } of views) {
        const { seq } = view;
        const patch = await stream.next();
        assert.deepEqual([patch.id, patch.stream, patch.from], [id, label, seq]);
        assert.deepEqual(patch.rows.map(({ price }) => price), [`${100 + i}`]);
        view.apply(patch);
      }
    }
    for (const { view } of views.slice(0, 3)) await view.settle();
    assert.deepEqual(views[3].view.page, views[0].view.page);
  }));

test('sorted, searched and filtered views take rows in and let them go',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await fill(demo, 40, (i) => ({ price: String(i % 7 - 3),
                                   side: i % 2 ? 'buy' : 'sell' }));
    const stream = await world.open(demo);
    const byPrice = new View(stream, demo, 'a', { params: {
      ...newest, start: 5, order: [{ column: 2, dir: 'asc' }] } });
    await byPrice.open();
    const search = new View(await world.open(demo), demo, 'b', { params: {
      ...newest, search: { value: 'x1', regex: false } } });
    await search.open();
    const pattern = new View(await world.open(demo), demo, 'c', { params: {
      ...newest, search: { value: '^X[12]', regex: true } } });
    await pattern.open();
    const filter = new View(await world.open(demo), demo, 'd', {
      query: { side__in: 'sell', price__gte: '0', ordering: '-price,id',
               page_size: 4, page: 2 } });
    await filter.open();
    for (let i = 1; i <= 30; i++) {
      if (i % 5 === 0) {
        assert.equal((await demo.delete(`/api/data/${i}/`)).status, 204);
      } else {
        assert.equal((await demo.patch(`/api/data/${i}/`, {
          price: String((i * 5) % 11 - 4), side: i % 3 ? 'sell' : 'buy',
          instrument: i % 4 ? `X${i}` : `Y${i}` })).status, 200);
      }
      if (i % 6 === 0) await demo.order({ instrument: `X1${i}`, price: '-1' });
    }
    await byPrice.settle();
    await search.settle();
    await pattern.settle();
    const { body } = await demo.get('/api/data/?side=sell&price__gte=0' +
      '&ordering=-price,id&page_size=4&page=2');
    await filter.until(() => JSON.stringify(filter.page.map(({ id }) => id)) ===
      JSON.stringify(body.results.map(({ id }) => id)));
    assert.equal(filter.filtered, body.count);
    // The window need not begin where a page does.
    const window = new View(await world.open(demo), demo, 'e', {
      query: { side: 'sell', price__gte: '0', ordering: '-price,id',
               page_size: 2, start: 5 } });
    await window.open();
    assert.deepEqual(window.page.map(({ id }) => id),
                     filter.page.slice(1, 3).map(({ id }) => id));
  }));

test('an anchored view stays where it is while rows come above it',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await fill(demo, 20);
    const stream = await world.open(demo);
    const view = new View(stream, demo, 'grid', {
      params: { ...newest, start: 5 }, anchor: true });
    const answer = await view.open();
    assert.equal(answer.start, 5);
    const ids = view.page.map(({ id }) => id);
    for (let i = 0; i < 3; i++) await demo.order();
    await view.until(() => view.above === 3);
    assert.equal(view.start, 8);
    assert.deepEqual(view.page.map(({ id }) => id), ids);
    await view.settle();
    // Its first row goes: the next one takes its place.
    assert.equal((await demo.delete(`/api/data/${ids[0]}/`)).status, 204);
    await view.until(() => view.page[0].id === ids[1]);
    await view.settle();
    // Looked at otherwise, from what the client has.
    const plain = await stream.ask({ command: 'view', id: 'grid',
                                     anchor: false, max_rate: 60 });
    assert.equal(plain.status, 'ok');
    assert.equal(plain.data, undefined);
    await view.until(() => view.start === 5);
    await view.settle();
    assert.equal((await stream.ask({ command: 'view', id: 'grid',
                                     anchor: true })).start, 5);
    const held = view.page.map(({ id }) => id);
    await demo.order();
    await view.until(() => view.start === 6);
    assert.deepEqual(view.page.map(({ id }) => id), held);
  }));

test('past the end there are no rows, and true counts; rows that come are shown',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await fill(demo, 3);
    const stream = await world.open(demo);
    const view = new View(stream, demo, 'v', { params: { ...newest, start: 3,
      order: [{ column: 0, dir: 'asc' }] } });
    const answer = await view.open();
    assert.deepEqual(answer.data, []);
    assert.equal(answer.recordsFiltered, 3);
    await demo.order();
    await view.until(() => view.page.length === 1);
    await view.settle();
  }));

test('a view of an id takes the place of the one before',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await fill(demo, 3);
    const stream = await world.open(demo);
    // In one piece, so that none is answered before the next has come.
    stream.socket._socket.cork();
    for (let i = 0; i < 4; i++) {
      stream.send({ command: 'view', id: 'grid', ref: i, params: newest });
    }
    stream.socket._socket.uncork();
    const answers = await stream.nextOf(4);
    assert.deepEqual(answers.map(({ ref, code, status }) =>
      [ref, code ?? status]),
    [[0, 'superseded'], [1, 'superseded'], [2, 'superseded'], [3, 'ok']]);
    const bad = await stream.ask({ command: 'view', id: 'grid', ref: 'x',
      params: { ...newest, length: 501 } });
    assert.equal(bad.code, 'invalid');
    assert.deepEqual(Object.keys(bad.errors), ['length']);
    assert.equal(bad.id, 'grid');
    // What is refused ends nothing.
    await demo.order();
    assert.equal((await stream.next()).type, 'view');
    const ended = await stream.ask({ command: 'unview', id: 'grid', ref: 1 });
    assert.deepEqual(ended, { command: 'unview', status: 'ok', ref: 1,
                              id: 'grid' });
    await demo.order();
    await stream.silent();
    assert.equal((await stream.ask({ command: 'unview', id: 'none' })).status,
                 'ok');
  }));

test('totals are exact, and tell what changes',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await fill(demo, 4, (i) => ({ instrument: i % 2 ? 'A' : 'B', price: '0.1',
                                  quantity: '3', side: i < 2 ? 'buy' : 'sell' }));
    const stream = await world.open(demo);
    const answer = await stream.ask({ command: 'view', id: 'v', params: newest,
                                      totals: ['side', 'status', 'instrument',
                                               'status_side'] });
    const one = { count: 1, quantity: '3', notional: '0.3' };
    const two = { count: 2, quantity: '6', notional: '0.6' };
    assert.deepEqual(answer.totals, {
      side: { buy: two, sell: two },
      status: { new: { count: 4, quantity: '12', notional: '1.2' } },
      instrument: { A: { buy: one, sell: one }, B: { buy: one, sell: one } },
      status_side: { new: { buy: two, sell: two } },
    });
    assert.equal((await demo.delete('/api/data/1/')).status, 204);
    const { totals } = await stream.next();
    assert.deepEqual(totals, {
      side: { buy: one },
      status: { new: { count: 3, quantity: '9', notional: '0.9' } },
      instrument: { B: { buy: null } },
      status_side: { new: { buy: one } },
    });
    // Another page of the same has none where none were asked for.
    const plain = await stream.ask({ command: 'view', id: 'w', params: newest });
    assert.equal(plain.totals, undefined);
  }));

test('staff look at everybody\'s orders, and at one user\'s; a move is a removal ' +
     'there and a new row here', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const other = await world.token('other');
  const boss = await world.login('boss');
  await fill(demo, 3);
  await fill(other, 2);
  const open = async (session, stream) => {
    const view = new View(await world.open(session), session, 'v',
                          { params: newest, ...(stream ? { stream } : {}) });
    await view.open();
    return view;
  };
  const all = await open(boss, 'all');
  const named = await open(boss, 'user:other');
  const own = await open(demo);
  const theirs = await open(other);
  assert.equal(all.total, 5);
  assert.equal(named.total, 2);
  assert.equal((await boss.patch('/api/data/1/?scope=all',
                                 { owner: 'other' })).status, 200);
  await own.settle();
  await theirs.settle();
  await all.settle({ scope: 'all' });
  await named.settle({ owner: 'other' });
  assert.equal(own.total, 2);
  assert.equal(theirs.total, 3);
  const missing = await all.stream.ask({ command: 'view', id: 'w',
    params: newest, stream: 'user:nobody' });
  assert.equal(missing.status, 'error');
}));

test('a view ends with the login, and does not keep it alive',
  withWorld({}, async (world) => {
    const demo = await world.login('demo');
    const view = new View(await world.open(demo), demo, 'v',
                          { params: newest });
    await view.open();
    await demo.post('/accounts/logout/');
    assert.equal((await view.stream.closed).code, 4401);
  }));

test('a heartbeat says at which position a page is true',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await fill(demo, 8);
    const view = new View(await world.open(demo), demo, 'v', {
      params: { ...newest, length: 2 }, heartbeat: 1 });
    await view.open();
    const first = await view.stream.heartbeat();
    assert.deepEqual(first.views, { v: view.seq });
    assert.equal(first.streams, undefined);
    // Nothing of the page changes; the position goes on.
    assert.equal((await demo.patch('/api/data/1/', { price: '5' })).status, 200);
    let beat;
    do beat = await view.stream.heartbeat();
    while (beat.views.v === view.seq);
    assert.deepEqual(beat.views, { v: view.seq + 1 });
  }));

test('frames keep to the rate that was asked for',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await fill(demo, 5);
    const view = new View(await world.open(demo), demo, 'v', {
      params: newest, max_rate: 2 });
    await view.open();
    const began = Date.now();
    for (let i = 0; i < 60; i++) await demo.order();
    await view.settle();
    const seconds = (Date.now() - began) / 1000;
    assert.ok(view.patches <= 2 * seconds + 2,
              `${view.patches} in ${seconds} s`);
  }));

test('two workers, and Redis that goes and comes back, while many write',
  withWorld({ workers: 2, redis: true, settings: ['--views-per-user', '0'] },
    async (world) => {
      const demo = await world.token('demo');
      const boss = await world.login('boss');
      await fill(demo, 100);
      const views = [];
      for (let i = 0; i < 12; i++) {
        const staff = i % 3 === 2;
        const session = staff ? boss : demo;
        const view = new View(await world.open(session), session, 'v', {
          params: { ...newest, start: i % 4 * 5,
                    order: [{ column: i % 4, dir: i % 2 ? 'asc' : 'desc' }] },
          ...(staff ? { stream: 'all' } : {}), max_rate: 60,
          anchor: i % 5 === 4 });
        view.scope = staff ? { scope: 'all' } : {};
        await view.open();
        views.push(view);
      }
      const write = async (seed) => {
        for (let i = 0; i < 60; i++) {
          const id = 1 + (seed * 37 + i * 13) % 100;
          if (i % 3 === 0) await demo.order({ price: String(i % 9) });
          else if (i % 7 === 0) await demo.delete(`/api/data/${id}/`);
          else await demo.patch(`/api/data/${id}/`, { price: String(i % 11) });
        }
      };
      const writers = [write(1), write(2), write(3), write(4)];
      await world.redis.stop('SIGKILL');
      await Promise.all(writers.slice(0, 2));
      await world.startRedis();
      await Promise.all(writers);
      for (const view of views) await view.settle(view.scope);
    }));

test('a reader that stands still gets the newest, and only that',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    await fill(demo, 30, () => ({ instrument: 'x'.repeat(250) }));
    const view = new View(await world.open(demo), demo, 'v', {
      params: { ...newest, length: 30 }, max_rate: 60 });
    await view.open();
    view.stream.socket.pause();
    for (let round = 0; round < 30; round++) {
      const { body } = await demo.get('/api/data/?page_size=30');
      await Promise.all(body.results.map(({ id }) =>
        demo.patch(`/api/data/${id}/`, { price: String(round) })));
    }
    view.stream.socket.resume();
    await view.settle();
    assert.ok(view.patches < 900, `${view.patches} patches`);
  }));
