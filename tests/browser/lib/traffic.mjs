// Changes that arrive while a page is used: 20 a second, two in three of them
// to the orders given, one in three a new order.
import assert from 'node:assert/strict';

const EVERY_MS = 50;

// session: whose orders; ids: which of them are changed. Ends with body, whose
// result it gives; every change must have been taken, but for ids in gone, which
// body removes. name: how the new orders' instruments begin; side: theirs.
export async function withTraffic(session, ids, body,
                                  { name = 'TRAFFIC', side = 'buy',
                                    gone = [] } = {}) {
  const answers = [];
  let count = 0;
  const timer = setInterval(() => {
    const id = ids[Math.floor(count / 3) % ids.length];
    answers.push(count++ % 3
      ? session.patch(`/api/data/${id}/`, { quantity: String(1000 + count) })
      : session.post('/api/data/', { instrument: `${name}${count}`, side,
                                     quantity: '1', price: '1' }));
  }, EVERY_MS);
  try {
    return await body();
  } finally {
    clearInterval(timer);
    const taken = gone.length ? [200, 201, 404] : [200, 201];
    for (const { status, text } of await Promise.all(answers))
      assert.ok(taken.includes(status), text);
  }
}
