// Live views over the websocket: what is answered, what patches bring, who may,
// and what ends one.
import assert from 'node:assert/strict';
import test from 'node:test';
import { View, columns } from './lib/view.mjs';
import { withWorld } from './lib/world.mjs';

const newest = { start: 0, length: 5, order: [{ column: 0, dir: 'desc' }],
                 columns: columns('id', 'instrument', 'price', 'status') };

async function fill(session, count, of = () => ({})) {
  const orders = Array.from({ length: count }, (_, i) => ({
    instrument: `X${i}`, quantity: '1', price: String(i), ...of(i) }));
  const { status } = await session.post('/api/data/', orders);
  assert.equal(status, 201);
}

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
      query: { side: 'sell', price__gte: '0', ordering: '-price,id',
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
                                      totals: ['side', 'status', 'instrument'] });
    const one = { count: 1, quantity: '3', notional: '0.3' };
    const two = { count: 2, quantity: '6', notional: '0.6' };
    assert.deepEqual(answer.totals, {
      side: { buy: two, sell: two },
      status: { new: { count: 4, quantity: '12', notional: '1.2' } },
      instrument: { A: { buy: one, sell: one }, B: { buy: one, sell: one } },
    });
    assert.equal((await demo.delete('/api/data/1/')).status, 204);
    const { totals } = await stream.next();
    assert.deepEqual(totals, {
      side: { buy: one },
      status: { new: { count: 3, quantity: '9', notional: '0.9' } },
      instrument: { B: { buy: null } },
    });
    // Another page of the same has none where none were asked for.
    const plain = await stream.ask({ command: 'view', id: 'w', params: newest });
    assert.equal(plain.totals, undefined);
  }));

test('views are replaced again and again while changes come',
  withWorld({ settings: ['--views-per-user', '0', '--commands-per-socket', '0',
                         '--commands-per-user', '0'] }, async (world) => {
    const demo = await world.token('demo');
    await fill(demo, 6);
    const stream = await world.open(demo);
    let going = true;
    const writer = (async () => {
      for (let i = 0; going; i++) {
        await demo.patch(`/api/data/${1 + i % 6}/`, { price: String(i % 7) });
      }
    })();
    try {
      for (let i = 0; i < 300; i++) {
        stream.send({ command: 'view', id: 'grid', ref: i, max_rate: 60,
                      anchor: i % 4 === 3, params: { ...newest, start: i % 2,
          order: [{ column: i % 3, dir: 'asc' }] } });
        if (i % 5 === 0) {
          stream.send({ command: 'view', id: 'grid', anchor: i % 2 === 0 });
        }
        if (i % 7 === 0) stream.send({ command: 'unview', id: 'grid' });
        // Sometimes it has been answered, sometimes not.
        if (i % 3) await stream.until(() => stream.frames.some(
          ({ ref }) => ref === i) || undefined, 'an answer');
      }
    } finally {
      going = false;
      await writer;
    }
    const view = new View(await world.open(demo), demo, 'grid',
                          { params: newest });
    await view.open();
    await view.settle();
  }));

test('who asks for what another one is just being shown is answered, too',
  withWorld({ settings: ['--views-per-user', '0', '--commands-per-socket', '0',
                         '--commands-per-user', '0'] }, async (world) => {
    const demo = await world.token('demo');
    await fill(demo, 1000);
    const streams = [];
    for (let i = 0; i < 12; i++) streams.push(await world.open(demo));
    for (let round = 0; round < 60; round++) {
      const params = { ...newest, start: round, length: 500 };
      // Nobody writes: nothing else brings it forward.
      await Promise.all(streams.map(async (stream, i) => {
        await new Promise((go) => setTimeout(go, i * round % 13));
        const answer = await stream.ask({ command: 'view', id: 'v', params });
        assert.equal(answer.status, 'ok');
      }));
      await Promise.all(streams.map((stream) =>
        stream.ask({ command: 'unview', id: 'v' })));
    }
  }));

test('while a view is loaded again, who joins it waits; its time is true',
  withWorld({ settings: ['--views-per-user', '0'] }, async (world) => {
    const demo = await world.token('demo');
    for (let i = 0; i < 3; i++) await fill(demo, 1000);
    const deep = { ...newest, start: 300 };
    const first = new View(await world.open(demo), demo, 'v', { params: deep });
    await first.open();
    const second = await world.open(demo);
    // More than it knows of above and below it, twice within the rest between
    // two loads.
    let top = 3000;
    const remove = () => demo.post('/api/data/bulk/', { action: 'delete',
      orders: Array.from({ length: 400 }, () => top--) });
    assert.equal((await remove()).status, 200);
    await first.until(() => first.total === 2600);
    assert.equal((await remove()).status, 200);
    const { body } = await demo.get('/api/data/?format=datatables&length=1');
    const answer = await second.ask({ command: 'view', id: 'v', params: deep });
    assert.ok(answer.position.seq >= body.position.seq,
              `${answer.position.seq} < ${body.position.seq}`);
    await first.settle();

    const log = await world.follow(demo);
    assert.equal((await remove()).status, 200);
    const order = await demo.order();
    let last;
    do {
      last = await first.stream.next();
      first.apply(last);
    } while (first.total !== 1801);
    let event;
    do event = await log.next(); while (event.order?.id !== order.id);
    assert.equal(last.seq, event.seq);
    assert.equal(last.time, event.time);
  }));

test('a change that is refused leaves the view as it is',
  withWorld({ settings: ['--views-per-user', '0'] }, async (world) => {
    const demo = await world.token('demo');
    await fill(demo, 10);
    const view = new View(await world.open(demo), demo, 'v', { params: newest });
    await view.open();
    // It is looked at by another one, too, and 63 more are all there may be.
    let stream = await world.open(demo);
    for (let i = 0; i < 64; i++) {
      if (i % 8 === 0) stream = await world.open(demo);
      assert.equal((await stream.ask({ command: 'view', id: `v${i}`,
        params: { ...newest, start: i } })).status, 'ok');
    }
    const refused = await view.stream.ask({ command: 'view', id: 'v',
                                            anchor: true });
    assert.equal(refused.code, 'too_many');
    await demo.order();
    await view.settle();
    assert.equal((await view.stream.ask({ command: 'view', id: 'v',
                                          max_rate: 60 })).status, 'ok');
    // One that nobody else looks at makes room for what comes in its place.
    const last = await stream.ask({ command: 'view', id: 'v63', anchor: true });
    assert.ok(last.status === 'ok' || last.type === 'view', JSON.stringify(last));
  }));

test('what is wrong is named, and limits are told',
  withWorld({ settings: ['--views-per-user', '1000'] }, async (world) => {
    const demo = await world.token('demo');
    const stream = await world.open(demo);
    const faults = [
      [{ id: '' }, 'id'], [{ id: 'a b' }, 'id'], [{ id: 'x'.repeat(33) }, 'id'],
      [{ id: 7 }, 'id'], [{}, 'params'],
      [{ params: 1 }, 'params'], [{ query: [] }, 'query'],
      [{ params: newest, query: {} }, 'query'],
      [{ params: { ...newest, length: 0 } }, 'length'],
      [{ params: { ...newest, length: -1 } }, 'length'],
      [{ query: { page_size: 501 } }, 'page_size'],
      [{ query: { colour: 'red' } }, 'colour'],
      [{ query: { scope: 'all' } }, 'scope'],
      [{ query: { cursor: '' } }, 'cursor'],
      [{ params: newest, max_rate: 0 }, 'max_rate'],
      [{ params: newest, max_rate: 61 }, 'max_rate'],
      [{ params: newest, max_rate: 1.5 }, 'max_rate'],
      [{ params: newest, anchor: 1 }, 'anchor'],
      [{ params: newest, totals: 'side' }, 'totals'],
      [{ params: newest, totals: ['colour'] }, 'totals'],
      [{ params: newest, totals: [1] }, 'totals'],
      [{ params: newest, stream: 'theirs' }, 'stream'],
      [{ params: { ...newest, search: { value: '(', regex: true } } },
       'search'],
      [{ anchor: true }, 'id'],
    ];
    for (const [command, field] of faults) {
      const answer = await stream.ask({ command: 'view', id: 'v', ...command });
      assert.equal(answer.code, 'invalid', JSON.stringify(command));
      assert.deepEqual(Object.keys(answer.errors), [field],
                       JSON.stringify(command));
      assert.ok(answer.detail);
    }
    assert.equal((await stream.ask({ command: 'view', id: 'v', params: newest,
                                     stream: 'all' })).code, 'forbidden');
    for (let i = 0; i < 8; i++) {
      assert.equal((await stream.ask({ command: 'view', id: `v${i}`,
                                       params: newest })).status, 'ok');
    }
    assert.equal((await stream.ask({ command: 'view', id: 'v8',
                                     params: newest })).code, 'too_many');
    // 64 different ones of one user.
    let last;
    for (let socket = 0; socket < 8 && last?.code !== 'too_many'; socket++) {
      const more = await world.open(demo);
      for (let i = 0; i < 8 && last?.code !== 'too_many'; i++) {
        last = await more.ask({ command: 'view', id: `v${i}`, params: {
          ...newest, start: 1 + socket * 8 + i } });
      }
    }
    assert.equal(last.code, 'too_many');
    const long = { command: 'ping', time: 1, ref: 'r', pad: 'x'.repeat(5000) };
    assert.equal((await stream.ask(long)).code, 'too_large');
    // Room for many columns.
    assert.equal((await stream.ask({ command: 'view', id: 'v1', params: {
      ...newest, columns: columns(...Array(64).fill('id')) } })).status, 'ok');
  }));

test('memory for views has its bound, by user too',
  withWorld({ settings: ['--view-memory', '4000000', '--views-per-user', '0'] },
    async (world) => {
      const demo = await world.token('demo');
      const other = await world.token('other');
      await fill(demo, 600);
      const stream = await world.open(demo);
      const answers = [];
      for (let i = 0; i < 8; i++) {
        answers.push((await stream.ask({ command: 'view', id: `v${i}`,
          params: { ...newest, start: i, length: 500 } })).code ?? 'ok');
      }
      // A megabyte of pages of some 200 KB each.
      const fits = answers.indexOf('busy');
      assert.ok(fits >= 3 && fits <= 5, answers.join());
      assert.ok(answers.slice(fits).every((one) => one === 'busy'));
      const theirs = await world.open(other);
      assert.equal((await theirs.ask({ command: 'view', id: 'v', params: {
        ...newest, length: 500 } })).status, 'ok');
    }));

test('a view that others look at counts as theirs once its first user has gone',
  withWorld({ settings: ['--views-per-user', '0'] }, async (world) => {
    await world.createUser('chief', 'createsuperuser');
    const boss = await world.token('boss');
    const chief = await world.token('chief');
    const open = async (session) => {
      const streams = [];
      for (let socket = 0; socket < 8; socket++) {
        const stream = await world.open(session);
        for (let i = 0; i < 8; i++) {
          assert.equal((await stream.ask({ command: 'view', id: `v${i}`,
            stream: 'all', params: { ...newest, start: socket * 8 + i } })).status,
          'ok');
        }
        streams.push(stream);
      }
      return streams;
    };
    const first = await open(boss);
    const second = await open(chief);
    for (const stream of first) await stream.close();
    const again = await world.open(boss);
    assert.equal((await again.ask({ command: 'view', id: 'v', params: {
      ...newest, start: 100 } })).status, 'ok');
    assert.equal((await (await world.open(chief)).ask({ command: 'view', id: 'v',
      params: { ...newest, start: 101 } })).code, 'too_many');
    for (const stream of second) await stream.silent();
  }));

test('views are so many a second', withWorld({
  settings: ['--commands-per-socket', '0'],
}, async (world) => {
  const demo = await world.token('demo');
  const stream = await world.open(demo);
  for (let i = 0; i < 60; i++) {
    stream.send({ command: 'view', id: 'v', ref: i, params: newest });
  }
  const answers = await stream.nextOf(60);
  const refused = answers.filter(({ code }) => code === 'throttled');
  assert.equal(refused.length, 20);
  for (const { retry_ms: retry } of refused) assert.ok(retry > 0);
}));

test('who has views that take too long loses them, and holds up nobody',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const other = await world.token('other');
    const witness = new View(await world.open(other), other, 'v',
                             { params: newest });
    await witness.open();
    const dear = new View(await world.open(demo), demo, 'dear', { params: {
      ...newest, search: { value: '(a|aa)+$', regex: true } } });
    const cheap = new View(await world.open(demo), demo, 'cheap',
                           { params: newest });
    await dear.open();
    await cheap.open();
    // Not too long for one row, but for a thousand.
    const { status } = await demo.post('/api/data/', Array.from({ length: 1000 },
      () => ({ instrument: `${'a'.repeat(22)}!`, quantity: '1', price: '1' })));
    assert.equal(status, 201);
    const { error } = await dear.stream.next();
    assert.equal(error.code, 'budget');
    await other.order();
    await witness.settle();
    await cheap.settle();
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

// The second order's patch is due while what the view is asked for anew still
// waits, behind all that its user reads meanwhile.
test('one that is asked for anew while a patch of it is due', withWorld(
  { settings: ['--views-per-user', '0', '--readers', '2'] }, async (world) => {
    const demo = await world.token('demo');
    await fill(demo, 1000, () => ({ instrument: 'x'.repeat(250) }));
    const stream = await world.open(demo);
    // Patches may come before the answer.
    const again = async (length) => {
      stream.send({ command: 'view', id: 'grid',
                    params: { ...newest, length }, max_rate: 5 });
      let frame;
      do frame = await stream.next();
      while (frame.type === 'view');
      return frame;
    };
    for (let round = 0; round < 3; round++) {
      assert.equal((await again(5)).status, 'ok');
      await demo.order();
      await stream.next();
      await demo.order();
      const reads = Array.from({ length: 150 }, () =>
        demo.get('/api/data/?page_size=1000'));
      await reads[0];
      assert.equal((await again(6)).status, 'ok');
      await Promise.all(reads);
    }
    const view = new View(await world.open(demo), demo, 'last',
                          { params: newest });
    await view.open();
    assert.ok(view.isAs(await view.draw()));
  }));
