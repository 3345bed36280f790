// Files as spreadsheets and other systems write them: marks between cells and
// in numbers, heads, encodings, empty rows; and what is said about them.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { run } from './lib/processes.mjs';
import { bin, withWorld } from './lib/world.mjs';

const HEAD = 'instrument,side,quantity,price';

async function importFile(world, name, text, flags = []) {
  await writeFile(join(world.dir, name), text);
  return run(join(bin, 'lws-app'), ['import', join(world.dir, name), '--owner',
    'demo', '--database', world.database, ...flags]);
}

// What the file has placed, oldest first, after which it is removed.
async function placed(demo) {
  const { body } = await demo.get('/api/data/?ordering=id&page_size=1000');
  for (const { id } of body.results) await demo.delete(`/api/data/${id}/`);
  return body.results.map(({ instrument, side, quantity, price }) =>
    [instrument, side, quantity, price].join(' '));
}

test('spreadsheets are taken as they are', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const utf16 = (text) => Buffer.from(`\ufeff${text}`, 'utf16le');
  const cases = [
    ['empty.csv', `${HEAD}\nA,buy,1,1\n,,,\n , ,,\n\n,,,\n`, ['A buy 1 1']],
    ['columns.csv', `${HEAD},,\nA,buy,1,1,,\n`, ['A buy 1 1']],
    ['beyond.csv', `${HEAD}\nA,buy,1,1,,,\n`, ['A buy 1 1']],
    ['CAPITALS.CSV', `${HEAD}\nA,buy,1,1\n`, ['A buy 1 1']],
    ['rows.jsonl', '{"instrument":"A","quantity":"1","price":"2"}\n',
     ['A buy 1 2']],
    ['sides.csv', `${HEAD}\nA,BUY,1,1\nB,Sell,1,1\nC,b,1,1\nD,S,1,1\n`,
     ['A buy 1 1', 'B sell 1 1', 'C buy 1 1', 'D sell 1 1']],
    ['heads.csv', 'Instrument,SIDE, Quantity ,Price,Client Order ID\n' +
      'A,sell,1,1,k1\n', ['A sell 1 1']],
    ['semicolons.csv', 'instrument;side;quantity;price\n"A;B";buy;1;1,5\n' +
      'C;buy;1.234,5;-2,25\nD;buy;1.234.567;12,345678\n',
     ['A;B buy 1 1.5', 'C buy 1234.5 -2.25', 'D buy 1234567 12.345678']],
    ['tabs.tsv', 'instrument\tside\tquantity\tprice\nA\tbuy\t1\t1.5\n' +
      'B\t\t2\t,5\n', ['A buy 1 1.5', 'B buy 2 0.5']],
    ['marks.csv', `${HEAD}\nA,buy,"1,234.5",1\nB,buy,1 234.5,\u22121\n` +
      'C,buy,1\u202f234,+1\nD,buy,1\u00a0234,.5\nE,buy,1\'234\'567,1.234\n',
     ['A buy 1234.5 1', 'B buy 1234.5 -1', 'C buy 1234 1', 'D buy 1234 0.5',
      'E buy 1234567 1.234']],
    ['unicode.csv', utf16(`${HEAD}\r\nÜ,buy,1,1\r\n`), ['Ü buy 1 1']],
    ['big.csv', utf16(`${HEAD}\nÜ,buy,1,1\n`).swap16(), ['Ü buy 1 1']],
    ['unicode.jsonl', utf16('{"instrument":"Ü😀","quantity":1,"price":1}'),
     ['Ü😀 buy 1 1']],
    ['marked.csv', `\ufeff${HEAD}\nA,buy,1,1\n`, ['A buy 1 1']],
    ['latin.csv', Buffer.from(`${HEAD}\nM\u00fcller,buy,1,1\n`, 'latin1'),
     ['Müller buy 1 1'], ['--encoding', 'latin1']],
    ['windows.csv', Buffer.from(`${HEAD}\n\x80,buy,1,1\n`, 'latin1'),
     ['€ buy 1 1'], ['--encoding', 'Windows-1252']],
    ['unmarked.csv', utf16(`${HEAD}\nÜ,buy,1,1\n`).subarray(2),
     ['Ü buy 1 1'], ['--encoding', 'utf-16le']],
    ['decimal.csv', 'instrument;quantity;price\nA;1.234;1,234\n',
     ['A buy 1234 1.234'], ['--decimal', ',']],
    ['points.csv', 'instrument;quantity;price\nA;1.234;1,234\n',
     ['A buy 1.234 1234'], ['--decimal', '.']],
    ['mapped.csv', 'Symbol,Qty,B/S,Px,Notes\nA,5,S,1,hello\n',
     ['A sell 5 1'],
     ['--map', 'symbol=instrument, Qty = Quantity,b/s=side,Px=price,Notes=']],
    ['quoted.csv', 'instrument,quantity,"Price, EUR","a ""b"" = c"\nA,5,1,x\n',
     ['A buy 5 1'],
     ['--map', '"price, EUR"=price,"a ""b"" = c"=']],
    ['excel.csv', 'sep=;\r\ninstrument;"a,b,c,d";quantity;price\r\nA;;5;1,5\r\n',
     ['A buy 5 1.5'], ['--map', '"a,b,c,d"=']],
    ['short.csv', `${HEAD},,\nA,buy,1,1\nB,buy,1,1,\n`,
     ['A buy 1 1', 'B buy 1 1']],
    ['typed', `${HEAD}\nA,buy,1,1\n`, ['A buy 1 1'], ['--format', 'csv']],
  ];
  for (const [name, text, wanted, flags] of cases) {
    const { code, err } = await importFile(world, name, text, flags);
    assert.equal(err, '', name);
    assert.equal(code, 0, name);
    assert.deepEqual(await placed(demo), wanted, name);
  }
}));

test('what may mean two things, or nothing, is refused by name', withWorld({},
  async (world) => {
    const demo = await world.token('demo');
    const cases = [
      ['doubt.csv', `${HEAD}\nA,buy,"1,234",1\n`,
       /:2: quantity: 1,234 may be .* decimal mark/],
      ['dots.csv', 'instrument;quantity;price\nA;1.234;1\n',
       /:2: quantity: 1\.234 may be .* decimal mark/],
      ['groups.csv', `${HEAD}\nA,buy,"1,23,4",1\n`, /:2: quantity: must be/],
      ['mixed.csv', `${HEAD}\nA,buy,"1,234 567.8",1\n`, /:2: quantity: must be/],
      ['words.csv', `${HEAD}\nA,hold,1m,1k\n`,
       /side: .*\n.*quantity: .*\n.*price: /],
      ['wrong.csv', `${HEAD}\nA,buy,"1.234,5",1\n`, /:2: quantity: must be/,
       ['--decimal', '.']],
      ['hidden.csv', `${HEAD},\nA,buy,1,1,x\n`, /:2: .*without a name/],
      ['fewer.csv', `${HEAD}\nA,buy,1\n`, /:2: has 3 cells, but the first row has 4/],
      ['unknown.csv', 'Symbol,quantity,price\nA,1,1\n',
       /:1: Symbol: unknown field\n[^]*--map NAME=FIELD/],
      ['nowhere.csv', `${HEAD},x\nA,buy,1,1,1\n`, /:1: x: is mapped to/,
       ['--map', 'x=y']],
      ['twice.csv', `${HEAD},Preis\nA,buy,1,1,1\n`, /:1: Preis: named twice/,
       ['--map', 'Preis=price']],
      ['absent.csv', `${HEAD}\nA,buy,1,1\n`, /:1: map: no column is called Rf/,
       ['--map', 'Notes=,Rf=client_order_id']],
      ['bytes.csv', Buffer.from(`${HEAD}\n\xfc,buy,1,1\n`, 'latin1'),
       /:2: is not UTF-8: say --encoding/],
      ['nul.csv', Buffer.from(`${HEAD}\nA,buy,1,1\n`, 'utf16le'),
       /:1: holds NUL: .*utf-16le/],
      ['half.csv', Buffer.from(`\ufeff${HEAD}\nA`, 'utf16le').subarray(0, -1),
       /:2: is not utf-16/],
      ['surrogate.csv', Buffer.from(`\ufeff${HEAD}\nA,buy,1,1\n\n\ud800,buy,1,1\n`,
       'utf16le'), /:4: is not utf-16/],
      ['undefined.csv', Buffer.from(`${HEAD}\nA,buy,1,1\n\x81,buy,1,1\n`,
       'latin1'), /:3: is not windows-1252/, ['--encoding', 'windows-1252']],
      ['point.csv', 'instrument;quantity;price\nA;1;10.25\n',
       /:2: price: 10\.25 is no number with , before its decimals/,
       ['--decimal', ',']],
      ['maps.csv', `${HEAD}\nA,buy,1,1\n`, /map: is given twice/,
       ['--map', 'A=side', '--map=B=price']],
      ['map.jsonl', '{"Symbol":"A","quantity":"1","price":"2"}\n',
       /map: is for CSV/, ['--map', 'Symbol=instrument']],
      ['mark.jsonl', '{"instrument":"A","quantity":"1","price":"2"}\n',
       /decimal: is for CSV/, ['--decimal', ',']],
      ['short.csv', `${HEAD},,\nA,buy,1\n`, /:2: has 3 cells/],
      ['flag.csv', HEAD, /encoding: must be/, ['--encoding', 'klingon']],
      ['flag2.csv', HEAD, /decimal: must be/, ['--decimal', ';']],
      ['flag3.csv', HEAD, /format: must be csv or ndjson/, ['--format', 'xls']],
      ['o.xls', HEAD, /o\.xls: must end in .*--format/],
    ];
    for (const [name, text, pattern, flags] of cases) {
      const { code, err } = await importFile(world, name, text, flags);
      assert.equal(code, 1, name);
      assert.match(err, pattern, name);
      assert.deepEqual(await placed(demo), [], name);
    }
  }));

test('one client_order_id twice in a file names the line that has it',
  withWorld({}, async (world) => {
    const demo = await world.token('demo');
    const rows = `${HEAD},client_order_id\nA,buy,1,1,j\nA,buy,1,1,k\n` +
      'A,sell,1,1,k\n';
    const failed = await importFile(world, 'rows.csv', rows);
    assert.match(failed.err,
      /:4: client_order_id: is also that of line 3, which is a different order/);
    assert.deepEqual(await placed(demo), []);
    // A dry run places nothing of the batches before, either.
    for (const flags of [[], ['--batch', '1']]) {
      const dry = await importFile(world, 'rows.csv', rows,
                                   ['--dry-run', ...flags]);
      assert.match(dry.err, /:4: client_order_id: is also that of line 3/);
    }
    // The same order twice is one; of a batch before, it is there.
    const same = await importFile(world, 'same.csv',
      rows.replace('sell', 'buy'));
    assert.match(same.out, /^2 orders placed, 1 already there\n$/);
    assert.equal((await placed(demo)).length, 2);
  }));

test('a file is tried without a trace', withWorld({}, async (world) => {
  const demo = await world.token('demo');
  const stream = await world.follow(demo);
  await demo.order({ client_order_id: 'k1', instrument: 'A', quantity: '1',
                     price: '1' });
  await stream.nextOf(1);
  const before = await readdir(world.dir);
  const rows = `${HEAD},client_order_id\nA,buy,1,1,k1\nB,buy,2,2,k2\n` +
    'B,buy,2,2,k2\nC,buy,3,3,k3\n';
  // In batches of which each sees the one before.
  const flags = ['--dry-run', '--batch', '1'];
  const tried = await importFile(world, 'rows.csv', rows, flags);
  assert.equal(tried.code, 0, tried.err);
  assert.match(tried.out,
    /^2 orders would be placed, 2 are already there; nothing was done\n$/);
  const failed = await importFile(world, 'rows.csv', `${rows}D,buy,0,1,k4\n`,
                                  flags);
  assert.equal(failed.code, 1);
  assert.match(failed.err,
    /:6: quantity: [^]*4 rows would be in \(2 placed, 2 already there\)/);
  assert.deepEqual(await readdir(world.dir), [...before, 'rows.csv'].sort());
  await demo.order({ instrument: 'LAST' });
  const { order } = await stream.next();
  assert.equal(order.instrument, 'LAST');
  assert.deepEqual((await placed(demo)).length, 2);
}));

test('a pipe brings CSV where --format says so', withWorld({},
  async (world) => {
    const demo = await world.token('demo');
    const child = spawn(join(bin, 'lws-app'), ['import', '-', '--format', 'csv',
      '--owner', 'demo', '--database', world.database]);
    const ended = new Promise((resolve) => { child.on('close', resolve); });
    child.stdin.write(`${HEAD}\nA,buy,`);
    child.stdin.end('1,1\n');
    assert.equal(await ended, 0);
    assert.deepEqual(await placed(demo), ['A buy 1 1']);
  }));

test('nothing of a file reaches the terminal as a command to it', withWorld({},
  async (world) => {
    const evil = '\x1b[2J\x1b]0;x\x07\u009b31m\u202e';
    const cases = [
      ['a.csv', `${evil},instrument,quantity,price\n1,A,1,1\n`],
      ['b.csv', '"ok\n1000 orders placed, 0 already there",quantity\n1,A\n'],
      ['c.ndjson', `{"x\\u001b[31m\\n9 orders placed":1}\n`],
      ['d.csv', `${HEAD}\nA,${evil},1,1\n`],
      ['e.csv', `${HEAD}\nA,buy,${evil},1\n`],
      [`f${evil}.csv`, `${HEAD}\nA,buy,x,1\n`],
    ];
    for (const [name, text] of cases) {
      const { code, err } = await importFile(world, name, text);
      assert.equal(code, 1, name);
      assert.doesNotMatch(err, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/, name);
      assert.doesNotMatch(err, /^\d+ orders placed/m, name);
    }
  }));
