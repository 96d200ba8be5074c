// RabbitMQ's features with amqplib, before and after a restart of the broker.
// usage: node amqp_js.js PORT before|after    exits with 1 where something is wrong
const assert = require('assert');
const crypto = require('crypto');
const amqp = require('amqplib');

const [port, phase] = process.argv.slice(2);
const URL = `amqp://guest:guest@127.0.0.1:${port}`;

// Fails rather than waiting for ever.
function within(what, promise) {
  return Promise.race([promise, new Promise((_, failed) => {
    setTimeout(() => failed(new Error(`${what} never came`)), 20000).unref();
  })]);
}

// A consumer whose deliveries are asked for one by one.
async function consume(channel, queue, options) {
  const got = [];
  let wake = () => {};
  const { consumerTag } = await channel.consume(queue, (message) => { got.push(message); wake(); }, options);
  const come = (count) => within(`${count} of ${queue}`, new Promise((done) => {
    wake = () => { if (got.length >= count) done(got); };
    wake();
  }));
  return { got, come, consumerTag };
}

const text = (message) => message.content.toString();

async function closes(connection, code, mistake) {
  const channel = await connection.createChannel();
  const closed = within(`close ${code}`, new Promise((done) => { channel.on('error', done); }));
  const [error] = await Promise.all([closed, Promise.resolve(mistake(channel)).catch(() => {})]);
  assert.strictEqual(error.code, code, error.message);
}

// amqplib tells what ends a connection on the connection.
async function closesConnection(code, mistake) {
  const connection = await amqp.connect(URL);
  const closed = within(`close ${code}`, new Promise((done) => { connection.on('error', done); }));
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  Promise.resolve(mistake(channel)).catch(() => {});
  assert.strictEqual((await closed).code, code);
}

async function drain(channel, queue) {
  const got = [];
  for (;;) {
    const message = await channel.get(queue, { noAck: true });
    if (!message) return got;
    got.push(text(message));
  }
}

async function publishing(connection) {
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue('js', { durable: true });
  const returned = [];
  channel.on('return', (message) => returned.push(message));
  const confirmed = [];
  for (let i = 0; i < 100; i++) {
    channel.sendToQueue('js', Buffer.from(`m${i}`), { persistent: true }, (error) => {
      assert(!error);
      confirmed.push(i);
    });
  }
  await within('confirms', channel.waitForConfirms());
  assert.strictEqual(confirmed.length, 100);
  await within('confirm', new Promise((done) => {
    channel.sendToQueue('nowhere', Buffer.from('lost'), { mandatory: true }, () => {
      assert.strictEqual(returned.length, 1); // before its confirm
      done();
    });
  }));
  assert.strictEqual(returned[0].fields.replyCode, 312);
  assert.strictEqual(text(returned[0]), 'lost');
  assert.deepStrictEqual(await drain(channel, 'js'), [...Array(100).keys()].map((i) => `m${i}`));
  for (const size of [0, 1, 4096, 131072, 1 << 20]) {
    const body = crypto.randomBytes(size);
    channel.sendToQueue('js', body);
    assert((await channel.get('js', { noAck: true })).content.equals(body));
  }
  const sent = {
    contentType: 'text/plain', correlationId: 'c', replyTo: 'r', messageId: 'm', type: 't', appId: 'a',
    priority: 3, expiration: '60000', timestamp: 1700000000,
    headers: { text: 'grüße', int: 7, flag: true, list: [1, 'a'], table: { n: null } },
  };
  channel.sendToQueue('js', Buffer.from('props'), sent);
  const { properties } = await channel.get('js', { noAck: true });
  for (const name of Object.keys(sent)) assert.deepStrictEqual(properties[name], sent[name]);
  await channel.close();
}

async function consuming(connection) {
  const channel = await connection.createChannel();
  await channel.assertQueue('jswork');
  for (let i = 0; i < 12; i++) channel.sendToQueue('jswork', Buffer.from(`m${i}`), { persistent: true });
  await channel.prefetch(3);
  const { got, come, consumerTag } = await consume(channel, 'jswork');
  await come(3);
  assert.deepStrictEqual(got.map(text), ['m0', 'm1', 'm2']);
  assert.strictEqual((await channel.checkQueue('jswork')).messageCount, 9);
  await channel.cancel(consumerTag);
  channel.nack(got[1], false, true);
  channel.reject(got[0], true);
  channel.reject(got[2], false);
  const again = [];
  for (let i = 0; i < 3; i++) again.push(await channel.get('jswork'));
  assert.deepStrictEqual(again.map(text), ['m0', 'm1', 'm3']);
  assert.deepStrictEqual(again.map((m) => m.fields.redelivered), [true, true, false]);
  await channel.recover();
  const first = await channel.get('jswork');
  assert.strictEqual(text(first), 'm0');
  assert(first.fields.redelivered);
  channel.ack(first);
  await channel.close();

  const global = await connection.createChannel();
  await global.prefetch(4, true);
  const one = await consume(global, 'jswork');
  await one.come(4);
  assert.strictEqual((await global.checkQueue('jswork')).messageCount, 6);
  global.ack(one.got[3], true);
  await one.come(8);
  await global.close();

  const cancelled = await connection.createChannel();
  await cancelled.assertQueue('jsdoomed', { durable: false });
  const told = within('cancel', new Promise((done) => {
    cancelled.consume('jsdoomed', (message) => { if (message === null) done(); });
  }));
  const other = await connection.createChannel();
  await other.checkQueue('jsdoomed');
  await other.deleteQueue('jsdoomed');
  await told;
  await cancelled.close();
  await other.close();
}

async function definitions(connection, other) {
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  assert(queue.startsWith('amq.gen-'), queue);
  await closes(other, 405, (c) => c.checkQueue(queue));
  await channel.assertQueue('jsauto', { autoDelete: true, durable: false });
  const { consumerTag } = await channel.consume('jsauto', () => {});
  await channel.cancel(consumerTag);
  await closes(other, 404, (c) => c.checkQueue('jsauto'));
  for (const kind of ['direct', 'fanout', 'topic', 'headers']) await channel.assertExchange(`js.${kind}`, kind);
  await channel.assertExchange('js.lost', 'fanout');
  await channel.assertExchange('js.main', 'topic', { alternateExchange: 'js.lost' });
  await channel.bindExchange('js.direct', 'js.main', 'order.*');
  await channel.bindQueue(queue, 'js.direct', 'order.x');
  await channel.bindQueue(queue, 'js.fanout', '');
  await channel.bindQueue(queue, 'js.lost', '');
  await channel.bindQueue(queue, 'js.headers', '', { 'x-match': 'any', a: 1 });
  channel.publish('js.main', 'order.x', Buffer.from('through two'));
  channel.publish('js.main', 'else', Buffer.from('by the alternate'));
  channel.publish('js.fanout', '', Buffer.from('fanned out'));
  channel.publish('js.headers', '', Buffer.from('by header'), { headers: { a: 1 } });
  assert.deepStrictEqual(await drain(channel, queue),
    ['through two', 'by the alternate', 'fanned out', 'by header']);
  await channel.unbindExchange('js.direct', 'js.main', 'order.*');
  for (const type of ['classic', 'quorum']) {
    await channel.assertQueue(`js.${type}`, { arguments: { 'x-queue-type': type } });
  }
  await closes(other, 404, (c) => c.checkExchange('none'));
  await closes(other, 404, (c) => c.publish('none', '', Buffer.from('x')));
  await closes(other, 403, (c) => c.assertQueue('amq.mine'));
  await closes(other, 406, (c) => c.assertQueue('js', { durable: false }));
  await closes(other, 406, (c) => c.ack({ fields: { deliveryTag: 99 } }));
  await closesConnection(503, (c) => c.assertExchange('x', 'odd'));
  await channel.close();
}

async function before() {
  for (const options of ['', '?frameMax=4096', '?heartbeat=1']) {
    const connection = await amqp.connect(URL + options);
    await publishing(connection);
    await connection.close();
  }
  const connection = await amqp.connect(URL);
  const other = await amqp.connect(URL);
  await consuming(connection);
  await definitions(connection, other);
  await other.close();
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue('jskept');
  await channel.assertQueue('jsgone', { durable: false });
  await channel.bindQueue('jskept', 'js.fanout', '');
  for (let i = 0; i < 5; i++) channel.sendToQueue('jskept', Buffer.from(`m${i}`), { persistent: true });
  await channel.waitForConfirms();
  await channel.prefetch(4);
  const { got, come } = await consume(channel, 'jskept');
  await come(4);
  await connection.createChannel(); // nothing is settled by other channels
  channel.ack(got[1]);
  channel.ack(got[2]);
  await channel.close(); // goes out behind the acknowledgements; connection.close may overtake them
  await connection.close();
}

async function after() {
  const connection = await amqp.connect(URL);
  const channel = await connection.createChannel();
  assert.strictEqual((await channel.checkQueue('jskept')).messageCount, 3);
  const { got, come } = await consume(channel, 'jskept');
  await come(3);
  assert.deepStrictEqual(got.map(text), ['m0', 'm3', 'm4']);
  assert(got[0].fields.redelivered);
  channel.publish('js.fanout', '', Buffer.from('still bound'));
  await come(4);
  assert.strictEqual(text(got[3]), 'still bound');
  await closes(connection, 404, (c) => c.checkQueue('jsgone'));
  await connection.close();
}

({ before, after }[phase])().then(() => console.log('ok', phase)).catch((e) => {
  console.error(e);
  process.exit(1);
});
