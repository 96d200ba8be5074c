// Core NATS with nats.js 3 (@nats-io/transport-node).
//
// usage: node nats_js.js PORT    exits with 1 where something is wrong
'use strict';
const assert = require('node:assert');
const { connect, deferred, errors, headers } = require('@nats-io/transport-node');

const PATIENCE_MS = 15000;

function client() {
  return connect({ servers: `127.0.0.1:${process.argv[2]}`, reconnect: false });
}

/** The next messages of a subscription. */
async function take(subscription, count) {
  const taken = [];
  for await (const message of subscription) {
    taken.push(message);
    if (taken.length === count) break;
  }
  return taken;
}

async function publishes(one, other) {
  const subscription = one.subscribe('js.>');
  await one.flush();
  const told = headers();
  told.append('Shop', 'eu');
  told.append('Shop', 'us');
  other.publish('js.greeting', 'grüße', { headers: told, reply: 'js-answers' });
  for (let i = 1; i < 500; i += 1) other.publish('js.many', `m${i}`);
  const [first, ...rest] = await take(subscription, 500);
  assert.strictEqual(first.string(), 'grüße');
  assert.strictEqual(first.subject, 'js.greeting');
  assert.strictEqual(first.reply, 'js-answers');
  assert.deepStrictEqual(first.headers.values('Shop'), ['eu', 'us']);
  assert.deepStrictEqual(rest.map((m) => m.string()), rest.map((_, i) => `m${i + 1}`));
}

async function shares(one, other) {
  const all = [];
  const done = deferred();
  const callback = (_, message) => {
    all.push(message);
    if (all.length === 100) done.resolve();
  };
  one.subscribe('js-work', { queue: 'workers', callback });
  other.subscribe('js-work', { queue: 'workers', callback });
  await Promise.all([one.flush(), other.flush()]);
  for (let i = 0; i < 100; i += 1) one.publish('js-work', `${i}`);
  await done;
  await Promise.all([one.flush(), other.flush()]);
  const expected = Array.from({ length: 100 }, (_, i) => i);
  assert.deepStrictEqual(all.map((m) => Number(m.string())).sort((a, b) => a - b), expected);
}

async function asks(one, other) {
  other.subscribe('js-echo', { callback: (_, request) => request.respond(request.data) });
  await other.flush();
  const answers = await Promise.all(Array.from({ length: 100 },
    (_, i) => one.request('js-echo', `q${i}`, { timeout: PATIENCE_MS })));
  answers.forEach((answer, i) => assert.strictEqual(answer.string(), `q${i}`));
  const alone = { timeout: PATIENCE_MS, noMux: true, reply: 'js-own-inbox' };
  assert.strictEqual((await one.request('js-echo', 'once', alone)).string(), 'once');
  for (const how of [{}, { noMux: true, reply: 'js-own-inbox' }]) {
    await assert.rejects(one.request('js-nobody', '', { timeout: PATIENCE_MS, ...how }),
      (error) => error instanceof errors.NoRespondersError
        || error.cause instanceof errors.NoRespondersError);
  }
}

async function ends(one) {
  const most = one.subscribe('js-few', { max: 2 });
  const drained = deferred();
  const all = one.subscribe('js-few', { callback: (_, m) => m.string() === '4' && drained.resolve() });
  for (let i = 0; i < 5; i += 1) one.publish('js-few', `${i}`);
  await drained;
  assert.deepStrictEqual((await take(most, 3)).map((m) => m.string()), ['0', '1']);
  await all.drain();
  await one.drain();
}

async function main() {
  const one = await client();
  const other = await client();
  await publishes(one, other);
  await shares(one, other);
  await asks(one, other);
  await ends(one);
  await other.close();
}

setTimeout(() => { console.error('too late'); process.exit(2); }, 60000).unref();
main()
  .then(() => { console.log('ok'); process.exit(0); })
  .catch((error) => { console.error(error); process.exit(1); });
