// MQTT with mqtt.js over WebSocket, before and after a restart of the broker.
// usage: node mqtt_js.js PORT before|after
'use strict';
const assert = require('node:assert');
const mqtt = require('mqtt');

const [port, phase] = [process.argv[2], process.argv[3]];
const MANY = 500;

/** Connects; resolves to the client and what it was told. */
function connect(clientId, options = {}) {
  const client = mqtt.connect(`ws://127.0.0.1:${port}/mqtt`, {
    clientId, protocolVersion: 5, reconnectPeriod: 0, ...options,
  });
  client.got = [];
  client.waiting = [];
  client.on('message', (topic, payload, packet) => {
    const waiter = client.waiting.shift();
    const message = { topic, text: payload.toString(), packet };
    if (waiter) waiter(message); else client.got.push(message);
  });
  return new Promise((resolve, reject) => {
    client.once('error', reject);
    client.once('connect', (told) => resolve([client, told]));
  });
}

/** The next message of a client. */
function next(client) {
  return client.got.length > 0
    ? Promise.resolve(client.got.shift())
    : new Promise((resolve) => client.waiting.push(resolve));
}

const KEEP = { clean: false, properties: { sessionExpiryInterval: 3600 } };

async function before() {
  const [client, told] = await connect('js');
  assert(told.properties.receiveMaximum >= 1000, JSON.stringify(told));
  await client.subscribeAsync('js/#', { qos: 2 });
  await client.publishAsync('js/a', 'grüße', {
    qos: 1, properties: { contentType: 'text/plain', userProperties: { shop: 'eu' } },
  });
  const first = await next(client);
  assert.strictEqual(first.text, 'grüße');
  assert.strictEqual(first.packet.properties.userProperties.shop, 'eu');
  // It does not hold itself to a small receive maximum.
  await Promise.all(Array.from({ length: MANY },
    (_, i) => client.publishAsync('js/many', `m${i}`, { qos: 2 })));
  for (let i = 0; i < MANY; i += 1) {
    assert.strictEqual((await next(client)).text, `m${i}`);
  }
  await client.endAsync();

  const [keeper] = await connect('js-keeper', KEEP);
  await keeper.subscribeAsync('js-kept', { qos: 1 });
  await keeper.endAsync();
  const [sender] = await connect('js-sender');
  await sender.publishAsync('js-kept', 'while away', { qos: 1 });
  await sender.endAsync();
}

async function after() {
  const [keeper, told] = await connect('js-keeper', KEEP);
  assert(told.sessionPresent);
  assert.strictEqual((await next(keeper)).text, 'while away');
  await keeper.endAsync();
}

setTimeout(() => { console.error('too late'); process.exit(2); }, 60000).unref();
(phase === 'before' ? before() : after())
  .then(() => { console.log(`ok ${phase}`); process.exit(0); })
  .catch((error) => { console.error(error); process.exit(1); });
