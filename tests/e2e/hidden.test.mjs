// Texts that look the same are the same, and none is a formula.
import assert from 'node:assert/strict';
import test from 'node:test';
import { change } from './lib/rows.mjs';
import { withWorld } from './lib/world.mjs';

const good = 'plenty-Long-2481-enough';
const HIDDEN = ['\u200b', '\u200d', '\u202e', '\u2066', '\ufeff', '\u00ad',
                '\u2028', '\u3164', '\u{e0041}', '\u00a0', '\u2009', '\u202f'];

test('characters that show nothing are refused in what is new', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.login('boss');
    const own = await world.login('demo');
    for (const one of HIDDEN) {
      const text = `ED${one}F01`;
      const at = `U+${one.codePointAt(0).toString(16)}`;
      const fields = async (answer) => {
        const { status, body, text: said } = await answer;
        assert.equal(status, 400, `${at}: ${said}`);
        return Object.keys(body.errors);
      };
      assert.deepEqual(await fields(demo.post('/api/data/', { instrument: text,
        quantity: 1, price: 1, client_order_id: text })),
      ['instrument', 'client_order_id']);
      assert.deepEqual(await fields(boss.post('/api/users/', { username: text,
        password: good, email: text, first_name: text, last_name: text })),
      ['username', 'email', 'first_name', 'last_name']);
      assert.deepEqual(await fields(own.patch('/api/me/', { email: text })),
                       ['email']);
      assert.deepEqual(await fields(own.post('/api/token/', { name: text })),
                       ['name']);
    }
    for (const text of [' ', '   ', '\u3000', ' \u3000']) {
      const { status, body } = await demo.post('/api/data/', { instrument: text,
        quantity: 1, price: 1, client_order_id: text });
      assert.equal(status, 400);
      assert.deepEqual(body.errors, { instrument: ['must not be blank'],
                                      client_order_id: ['must not be blank'] });
      assert.equal((await own.post('/api/token/', { name: text })).status, 400);
    }
    assert.equal((await demo.post('/api/data/', { quantity: 1, price: 1,
      instrument: '\u00c9DF \u65e5\u3000x' })).status, 201);
  }));

test('what has them already stays until it is touched', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const boss = await world.login('boss');
    const { id } = await demo.order();
    const old = 'E\u200bDF';
    await change(world.database,
      `UPDATE orders SET instrument = '${old}' WHERE id = ${id}`,
      `UPDATE "user" SET last_name = '${old}' WHERE username = 'demo'`);
    const path = `/api/data/${id}/`;
    assert.equal((await demo.patch(path, { price: '3' })).body.instrument, old);
    assert.equal((await demo.patch(path, { instrument: old })).status, 400);
    const user = (await boss.get('/api/users/?search=demo')).body.results[0];
    const at = `/api/users/${user.id}/`;
    assert.equal((await boss.patch(at, { first_name: 'D' })).status, 200);
    assert.equal((await boss.patch(at, { last_name: old })).status, 200, 'as is');
    assert.equal((await boss.patch(at, { last_name: `${old}x` })).status, 400);
  }));

test('a safe export holds no formula, and its numbers are numbers', withWorld(
  {}, async (world) => {
    const demo = await world.token('demo');
    const texts = ['=1+1', '+1', '-1', '@x', '＝1', '＋1', '－1', '＠x', "'x",
                   'x=1', 'x＝1', '＜1'];
    for (const text of texts)
      await demo.order({ instrument: text, price: '-2.5', client_order_id: text });
    const csv = async (query) => {
      const { status, text } = await demo.get(`/api/data/?format=csv${query}`);
      assert.equal(status, 200, text);
      return text.trim().split('\r\n').slice(1)
        .map((line) => line.split('","').map((cell) => cell.replace(/"/g, '')));
    };
    assert.deepEqual((await csv('')).map((cells) => cells[2]), texts);
    assert.deepEqual((await csv('&safe=0')).map((cells) => cells[2]), texts);
    const safe = await csv('&safe=1');
    const wanted = texts.map((text, i) => (i < 8 ? `'${text}` : text));
    assert.deepEqual(safe.map((cells) => cells[2]), wanted);
    assert.deepEqual(safe.map((cells) => cells[9]), wanted);
    assert.deepEqual(safe.map((cells) => cells[5]), texts.map(() => '-2.5'));
    for (const query of ['format=csv&safe=2', 'format=ndjson&safe=1']) {
      const answer = await demo.get(`/api/data/?${query}`);
      assert.equal(answer.status, 400, query);
      assert.ok(answer.body.errors.safe, answer.text);
    }
  }));
