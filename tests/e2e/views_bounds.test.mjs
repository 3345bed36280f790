// Live views over the websocket: what is refused, what bounds them, and what is
// asked for again before it is answered.
import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Process } from './lib/processes.mjs';
import { View, columns, fill, newest } from './lib/view.mjs';
import { withWorld } from './lib/world.mjs';

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
      [{ query: { start: -1 } }, 'start'], [{ query: { start: '5' } }, 'start'],
      [{ query: { start: 1.5 } }, 'start'], [{ query: { start: 1e300 } }, 'start'],
      [{ query: { start: 5, page: 2 } }, 'start'],
      [{ params: newest, max_rate: 0 }, 'max_rate'],
      [{ params: newest, max_rate: 61 }, 'max_rate'],
      [{ params: newest, max_rate: 1.5 }, 'max_rate'],
      [{ params: newest, anchor: 1 }, 'anchor'],
      [{ params: newest, totals: 'side' }, 'totals'],
      [{ params: newest, totals: ['colour'] }, 'totals'],
      [{ params: newest, totals: [1] }, 'totals'],
      [{ params: newest, stream: 'theirs' }, 'stream'],
      [{ params: { ...newest, search: { value: '(', regex: true } } },
       'search[value]'],
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
  // As many as there is time for are taken meanwhile.
  assert.ok(refused.length > 0 && refused.length <= 20, String(refused.length));
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

// The second order's patch is due while what the view is asked for anew still
// waits, behind all that its user reads meanwhile, be it in vain.
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
      const all = Promise.allSettled(reads);
      await reads[0];
      assert.equal((await again(6)).status, 'ok');
      await all;
    }
    const view = new View(await world.open(demo), demo, 'last',
                          { params: newest });
    await view.open();
    assert.ok(view.isAs(await view.draw()));
  }));

test('staff see the views of every worker and what they take, and end one',
  withWorld({ workers: 2 }, async (world) => {
    const boss = await world.token('boss');
    const demo = await world.token('demo');
    await fill(demo, 30);
    const list = async (query = '') => {
      const { status, body, text } = await boss.get(`/api/views/${query}`);
      assert.equal(status, 200, text);
      return body;
    };
    assert.equal((await demo.get('/api/views/')).status, 403);
    assert.equal((await demo.delete('/api/views/1/')).status, 403);
    assert.deepEqual((await list()).results, []);

    const views = [];
    for (let i = 0; i < 6; i++) {
      const view = new View(await world.open(demo), demo, `grid${i}`,
        { params: newest });
      await view.open();
      views.push(view);
    }
    const other = new View(await world.open(boss), boss, 'desk',
      { params: newest, stream: 'user:demo' });
    await other.open();
    // What they take is told once a second.
    let seen;
    do {
      await demo.order();
      seen = await list();
    } while (!seen.results.every(({ engine_us: us, bytes, stream }) =>
      us > 0 && bytes > 0 && stream));
    assert.equal(seen.count, 7);
    const named = (name) => seen.results.find((row) => row.name === name);
    for (const { name } of seen.results) {
      const isDesk = name === 'desk';
      const row = named(name);

      assert.deepEqual([row.username, row.stream],
        isDesk ? ['boss', 'user:demo'] : ['demo', 'orders']);
      assert.ok(row.sharers >= 1 && row.socket > 0);
    }
    assert.ok(new Set(seen.results.map(({ worker }) => worker)).size <= 2);
    const page = await list('?page_size=3&page=2');
    assert.equal(page.results.length, 3);
    assert.equal(page.count, 7);

    // One ends, and none of the others, whoever shares it.
    const { id } = named('grid2');
    assert.equal((await boss.delete(`/api/views/${id}/`)).status, 204);
    let frame;
    do frame = await views[2].stream.next(); while (!frame.error);
    assert.deepEqual([frame.type, frame.id, frame.error.code],
      ['view', 'grid2', 'forbidden']);
    const made = await demo.order();
    for (const view of [...views.filter((_, i) => i !== 2), other])
      await view.until(({ page: rows }) => rows[0].id === made.id);
    assert.equal((await boss.delete(`/api/views/${id}/`)).status, 404);
    assert.equal((await list()).count, 6);
    const { results } = (await boss.get('/api/audit/?action=view')).body;
    assert.equal(results.length, 1);
    assert.equal(results[0].action, 'view.end');

    // Those of a socket that goes, go.
    views[0].stream.socket.close();
    await views[0].stream.closed;
    do seen = await list(); while (seen.count !== 5);
    assert.equal(named('grid0'), undefined);
  }));

test('frames that a user does not read are held, and not without end',
  withWorld({ users: ['demo', 'other'], settings: ['--held-bytes', '8388608',
    '--views-per-user', '0', '--commands-per-user', '0'] }, async (world) => {
    const quarter = 2097152; // of that, for one user
    const demo = await world.token('demo');
    const other = await world.token('other');
    const long = { instrument: 'W'.repeat(60), side: 'buy', price: '1.5',
                   quantity: '2' };
    for (let i = 0; i < 2; i++) {
      const { status } = await demo.post('/api/data/', Array(500).fill(long));
      assert.equal(status, 201);
    }
    await other.order();
    const metric = async (name) => Number((await other.get('/metrics')).text
      .match(new RegExp(`^${name}(?:{.*})? (\\d+)$`, 'm'))[1]);
    const held = () => metric('lwsapp_http_held_bytes');
    const start = () => new Process('/usr/bin/python3', [
      fileURLToPath(new URL('clients/python_deaf.py', import.meta.url)),
      `${world.url.replace('http', 'ws')}/data/stream/`, demo.token]);
    const deaf = start();
    const tell = (word) => deaf.child.stdin.write(`${word}\n`);
    try {
      for (let i = 1; !await metric('lwsapp_http_holds_refused_total'); i++) {
        assert.ok(i < 60, 'nothing was refused');
        tell('open');
        await deaf.line(new RegExp(`opened ${i}\\n`));
        // Another's is served meanwhile.
        const stream = await world.open(other);
        const { status } = await stream.ask({ command: 'view', id: 'v',
                                              params: newest });
        assert.equal(status, 'ok');
      }
      while (await held() < quarter / 2); // they are counted now and then
      assert.ok(await held() <= quarter);
      // Who reads on has lost nothing of what was not cut off.
      tell('read');
      const [states] = await deaf.line(/at the end:.*\n/);
      assert.match(states, /closed/);
      assert.match(states, /read/);
    } finally {
      await deaf.stop();
    }
    while (await held());

    // Nor is anything held of who has gone.
    const gone = start();
    try {
      gone.child.stdin.write('open\n');
      while (!await held());
    } finally {
      await gone.stop('SIGKILL');
    }
    while (await held());
  }));
