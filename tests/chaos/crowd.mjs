// Everybody who uses a service under test: writers, clients that keep tables or
// look at live views; and the judgement over what they have seen.
import assert from 'node:assert/strict';
import { deadline } from '../e2e/lib/processes.mjs';
import { Random } from './random.mjs';
import { Replica } from './replica.mjs';
import { Rows } from './rows.mjs';
import { ViewReplica } from './view_replica.mjs';
import { Writer } from './writer.mjs';

export const USERS = ['ann', 'bob', 'cat', 'dan'];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Crowd {
  // world: its url, and token() for a user; writers, replicas, viewers: how many
  // each user has.
  static async gather(world, seed, { writers, replicas, viewers }) {
    const crowd = new Crowd();
    crowd.counts = { acknowledged: 0, unanswered: 0, unavailable: 0, events: 0,
      loads: 0, recoveries: 0, folds: 0, foldedItems: 0, resyncs: 0,
      heartbeats: 0, views: 0, viewsAgain: 0, patches: 0, drops: 0, stalls: 0,
      silences: 0, lostEvents: 0, lostAcknowledged: 0, faults: {} };
    crowd.writers = [];
    crowd.replicas = [];
    for (const user of USERS) {
      for (let i = 0; i < writers; i++) {
        const writer = new Writer(`${user}${i}`, await world.token(user),
          new Random(seed * 1000 + crowd.writers.length), crowd.counts);
        writer.user = user;
        crowd.writers.push(writer);
      }
      for (let i = 0; i < replicas + viewers; i++) {
        const session = await world.token(user);
        const Kind = i < replicas ? Replica : ViewReplica;
        const replica = new Kind(`${user}/${i}`, world.url, session.headers(),
                                 crowd.counts);
        replica.user = user;
        crowd.replicas.push(replica);
      }
    }
    return crowd;
  }

  write() {
    for (const writer of this.writers) writer.stopped = false;
    this.running = Promise.all(this.writers.map((writer) => writer.run()));
    this.running.catch(() => {}); // rest() tells
  }

  // So many more have been acknowledged.
  async hasWritten(count) {
    const wanted = this.counts.acknowledged + count;
    await deadline((async () => {
      while (this.counts.acknowledged < wanted) await pause(20);
    })(), `${count} more writes`);
  }

  // Each has ended what it was at.
  async rest() {
    for (const writer of this.writers) writer.stopped = true;
    await this.running;
  }

  // Connections are dropped, and not read, until isOver().
  async disturb(random, isOver) {
    while (!isOver()) {
      const replica = random.pick(this.replicas);
      switch (random.below(4)) {
        case 0: replica.drop(); this.counts.drops++; break;
        case 1: replica.stall(); this.counts.stalls++; break;
        default: replica.wake();
      }
      await pause(50);
    }
  }

  async judgeUser(rows, user) {
    const found = [];
    const position = await rows.position(user);
    const orders = await rows.orders(user);
    // Compared at once: a worker that retires closes its sockets any time.
    await Promise.all(this.replicas.filter((replica) => replica.user === user)
      .map(async (replica) => {
        await replica.reach(position);
        try {
          replica.compare(orders);
        } catch (error) {
          found.push(error.message);
        }
        found.push(...replica.faults);
      }));
    for (const writer of this.writers.filter((one) => one.user === user)) {
      writer.check(orders);
      found.push(...writer.faults);
    }
    return found;
  }

  // What the database before has and the one that goes on has not was lost.
  // Writers take note of it, while they rest, and of nothing else.
  async lose(before, after) {
    const kept = new Rows(after);
    const lost = await new Rows(before).eventsBehind(kept);
    let acknowledged = 0;
    for (const writer of this.writers)
      acknowledged += writer.lose(lost, await kept.orders(writer.user));
    // Others can only be writes that were not answered.
    assert.ok(acknowledged > 0 &&
      lost.size - acknowledged <= this.counts.unanswered,
    `${lost.size} lost, ${acknowledged} of them acknowledged`);
    this.counts.lostAcknowledged += acknowledged;
    this.counts.lostEvents += lost.size;
  }

  // What is not as it was promised, once all writers rest.
  async judge(database) {
    const rows = new Rows(database);
    const found = [];
    for (const user of USERS) found.push(...await this.judgeUser(rows, user));
    for (const hole of await rows.holes())
      found.push(`the log has a hole: ${JSON.stringify(hole)}`);
    for (const id of new Set(found.join(' ').match(/(?<=order |as )\d+/g)))
      found.push(`${id} in the log: ${JSON.stringify(await rows.story(id))}`);
    this.counts.rows = (await rows.column('SELECT count(*) FROM orders'))[0];
    this.counts.logged = (await rows.column('SELECT count(*) FROM event'))[0];
    return found;
  }

  leave() {
    for (const replica of this.replicas) replica.stop();
  }
}
