// An authenticator app (RFC 6238: SHA-1, 30 s, 6 digits), written without the
// program's code.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { change } from './rows.mjs';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function bytesOf(base32) {
  const bits = [...base32].map((c) => ALPHABET.indexOf(c).toString(2)
    .padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

export const stepNow = () => Math.floor(Date.now() / 30_000);

// offset: so many steps from the one that is now.
export function codeOf(secret, offset = 0) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(stepNow() + offset));
  const digest = createHmac('sha1', bytesOf(secret)).update(counter).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000)
    .padStart(6, '0');
}

// One that is none of those that would be taken.
export function wrongCode(secret) {
  const right = [-2, -1, 0, 1, 2].map((offset) => codeOf(secret, offset));
  return ['000000', '111111', '222222', '333333', '444444', '555555']
    .find((code) => !right.includes(code));
}

// What was used is forgotten, so that a test need not wait for the next code.
export const forgetUse = (world) =>
  change(world.database, 'UPDATE second_factor SET last_step = -1');

// What takes a code, between two looks at the clock that show the same step.
export async function withinAStep(attempt) {
  for (;;) {
    const step = stepNow();
    const answer = await attempt();
    if (stepNow() === step) return answer;
  }
}

// Sets one up for a session. {secret, recovery}: what the user keeps.
export async function enrol(session) {
  const begun = await session.post('/api/me/second-factor/');
  assert.equal(begun.status, 201, begun.text);
  const { secret } = begun.body;
  const done = await session.post('/api/me/second-factor/verify/',
                                  { code: codeOf(secret) });
  assert.equal(done.status, 200, done.text);
  return { secret, recovery: done.body.recovery_codes };
}
