// JetStream, key-value and object store with nats.js 3 (@nats-io/jetstream, kv, obj).
//
// usage: node jetstream_js.js PORT    exits with 1 where something is wrong
'use strict';
const assert = require('node:assert');
const { connect, nanos } = require('@nats-io/transport-node');
const {
  AckPolicy, DeliverPolicy, jetstream, jetstreamManager,
} = require('@nats-io/jetstream');
const { Kvm } = require('@nats-io/kv');
const { Objm } = require('@nats-io/obj');

/** The next messages of an iterator. */
async function take(iterator, count) {
  const taken = [];
  for await (const message of iterator) {
    taken.push(message);
    if (taken.length === count) break;
  }
  return taken;
}

async function publishes(js, manager) {
  await manager.streams.add({ name: 'JS', subjects: ['js.>'] });
  const first = await js.publish('js.1', 'one', { msgID: 'a' });
  assert.deepStrictEqual([first.stream, first.seq, first.duplicate], ['JS', 1, false]);
  assert.strictEqual((await js.publish('js.1', 'one', { msgID: 'a' })).duplicate, true);
  await assert.rejects(js.publish('js.1', '', { expect: { lastSequence: 7 } }), /wrong last sequence: 1/);
  for (let i = 2; i <= 20; i += 1) await js.publish(`js.${i}`, `m${i}`);
  const info = await manager.streams.info('JS');
  assert.strictEqual(info.state.messages, 20);
}

async function pulls(js, manager) {
  await manager.consumers.add('JS', { durable_name: 'pull', ack_policy: AckPolicy.Explicit });
  const consumer = await js.consumers.get('JS', 'pull');
  const fetched = await take(await consumer.fetch({ max_messages: 5, expires: 2000 }), 5);
  assert.deepStrictEqual(fetched.map((m) => m.seq), [1, 2, 3, 4, 5]);
  for (const message of fetched) assert.strictEqual(await message.ackAck(), true);
  const consuming = await consumer.consume();
  const rest = [];
  for await (const message of consuming) {
    rest.push(message.seq);
    message.ack();
    if (message.info.pending === 0) break;
  }
  assert.deepStrictEqual(rest, Array.from({ length: 15 }, (_, i) => i + 6));
  assert.strictEqual(await consumer.next({ expires: 1000 }), null);
}

async function pushes(js, manager) {
  const inbox = 'js-pushed';
  await manager.consumers.add('JS', {
    durable_name: 'push', ack_policy: AckPolicy.Explicit, deliver_subject: inbox,
  });
  const consumer = await js.consumers.getPushConsumer('JS', 'push');
  const messages = await consumer.consume();
  const got = await take(messages, 20);
  got.forEach((message) => message.ack());
  assert.deepStrictEqual(got.map((m) => m.seq), Array.from({ length: 20 }, (_, i) => i + 1));
}

async function orders(js) {
  const pulled = await js.consumers.get('JS', {
    filter_subjects: ['js.3', 'js.5'], deliver_policy: DeliverPolicy.All,
  });
  const some = await take(await pulled.consume(), 2);
  assert.deepStrictEqual(some.map((m) => m.subject), ['js.3', 'js.5']);
  const pushed = await js.consumers.getPushConsumer('JS');
  const all = await take(await pushed.consume(), 20);
  assert.deepStrictEqual(all.map((m) => m.seq), Array.from({ length: 20 }, (_, i) => i + 1));
}

async function keeps(client) {
  const kv = await new Kvm(client).create('B', { history: 2 });
  assert.strictEqual(await kv.get('k'), null);
  assert.strictEqual(await kv.create('k', 'one'), 1);
  await assert.rejects(kv.create('k', 'two'));
  assert.strictEqual(await kv.update('k', 'two', 1), 2);
  await kv.put('k', 'three');
  await kv.put('other', 'x');
  const history = [];
  for await (const entry of await kv.history({ key: 'k' })) history.push(entry.string());
  assert.deepStrictEqual(history, ['two', 'three']);
  const keys = [];
  for await (const key of await kv.keys()) keys.push(key);
  assert.deepStrictEqual(keys.sort(), ['k', 'other']);
  const watching = await kv.watch({ key: 'k' });
  const seen = take(watching, 2);
  await kv.delete('k');
  assert.deepStrictEqual((await seen).map((e) => e.operation), ['PUT', 'DEL']);
  assert.strictEqual((await kv.status()).values, 3);
  await kv.destroy();
}

async function stores(client) {
  const store = await new Objm(client).create('O');
  const bytes = new Uint8Array(300000).map((_, i) => i % 251);
  const info = await store.putBlob({ name: 'blob' }, bytes);
  assert.strictEqual(info.size, bytes.length);
  assert.deepStrictEqual(Buffer.from(await store.getBlob('blob')), Buffer.from(bytes));
  assert.deepStrictEqual((await store.list()).map((each) => each.name), ['blob']);
  await store.delete('blob');
  assert.strictEqual(await store.getBlob('blob'), null);
  await store.destroy();
}

async function main() {
  const client = await connect({ servers: `127.0.0.1:${process.argv[2]}`, reconnect: false });
  const js = jetstream(client);
  const manager = await jetstreamManager(client);
  await publishes(js, manager);
  await pulls(js, manager);
  await pushes(js, manager);
  await orders(js);
  const passing = await manager.consumers.add('JS', { inactive_threshold: nanos(60000) });
  assert.strictEqual(passing.num_pending, 20);
  assert.strictEqual(await manager.consumers.delete('JS', passing.name), true);
  await keeps(client);
  await stores(client);
  await client.close();
}

setTimeout(() => { console.error('too late'); process.exit(2); }, 60000).unref();
main()
  .then(() => { console.log('ok'); process.exit(0); })
  .catch((error) => { console.error(error); process.exit(1); });
