// STOMP over WebSocket with @stomp/stompjs, in text and in binary frames, before and after a restart.
//
// usage: stomp_js.js PORT before|after    exits with 1 where something is wrong
const assert = require('assert');
const { Client, Versions } = require('@stomp/stompjs');
const WebSocket = require('ws');

const url = `ws://127.0.0.1:${process.argv[2]}/ws`;
const phase = process.argv[3];

function connect(options = {}) {
  return new Promise((resolve, reject) => {
    const client = new Client({
      webSocketFactory: () =>
        new WebSocket(url, ['v12.stomp', 'v11.stomp', 'v10.stomp'], { origin: 'http://app.example' }),
      connectHeaders: { login: 'guest', passcode: 'guest', host: '/' },
      reconnectDelay: 0,
      heartbeatIncoming: 4000,
      heartbeatOutgoing: 4000,
      ...options,
    });
    client.onConnect = () => resolve(client);
    client.onStompError = reject;
    client.onWebSocketError = reject;
    client.activate();
  });
}

function receipt(client, id, act) {
  return new Promise((resolve) => {
    client.watchForReceipt(id, resolve);
    act({ receipt: id });
  });
}

/// The next messages of a subscription, as promises.
function inbox(client, destination, headers = {}) {
  const messages = [];
  const waiting = [];
  client.subscribe(destination, (message) => {
    const next = waiting.shift();
    if (next) {
      next(message);
    } else {
      messages.push(message);
    }
  }, headers);
  return () => new Promise((resolve) => {
    if (messages.length > 0) {
      resolve(messages.shift());
    } else {
      waiting.push(resolve);
    }
  });
}

// stompjs escapes headers in 1.2 only
async function exchange(client, queue, shop) {
  const next = inbox(client, queue, { ack: 'client-individual', id: 'a' });
  await receipt(client, 'r1', (headers) =>
    client.publish({ destination: queue, body: 'grüße 🐰', headers: { ...headers, shop } }));
  const message = await next();
  assert.strictEqual(message.body, 'grüße 🐰');
  assert.strictEqual(message.headers.shop, shop);
  message.ack();
  const bytes = new Uint8Array([0, 255, 1, 0, 200]);
  client.publish({ destination: queue, binaryBody: bytes });
  const second = await next();
  assert.deepStrictEqual([...second.binaryBody], [...bytes]);
  second.ack();
  const large = 'x'.repeat(300000);
  client.publish({ destination: queue, body: large });
  const third = await next();
  assert.strictEqual(third.body.length, large.length);
  third.ack();
  await receipt(client, 'r2', (headers) => client.publish({ destination: '/queue/js-done', body: 'x', headers }));
}

async function before() {
  for (const version of ['1.0', '1.1', '1.2']) {
    const client = await connect({ stompVersions: new Versions([version]) });
    assert.strictEqual(client.connectedVersion, version);
    await exchange(client, `/queue/js-${version}`, version === '1.2' ? 'a:b\n' : 'eu');
    await client.deactivate();
  }
  const binary = await connect({ forceBinaryWSFrames: true, splitLargeFrames: true });
  await exchange(binary, '/queue/js-binary', 'a:b\n');
  const heard = inbox(binary, '/topic/js.*');
  await receipt(binary, 'r3', (headers) => binary.publish({ destination: '/queue/js-done', body: 'x', headers }));
  binary.publish({ destination: '/topic/js.a', body: 'live' });
  assert.strictEqual((await heard()).body, 'live');
  for (let i = 0; i < 50; i++) {
    await receipt(binary, `k${i}`, (headers) =>
      binary.publish({ destination: '/queue/js-kept', body: `m${i}`, headers }));
  }
  await binary.deactivate();
}

async function after() {
  const client = await connect();
  const next = inbox(client, '/queue/js-kept');
  for (let i = 0; i < 50; i++) {
    assert.strictEqual((await next()).body, `m${i}`);
  }
  await client.deactivate();
}

const tooLong = setTimeout(() => { console.error('nothing more comes'); process.exit(1); }, 60000);
(phase === 'before' ? before() : after()).then(() => {
  clearTimeout(tooLong);
  console.log(`ok ${phase}`);
}).catch((error) => {
  console.error(error.headers || error);
  process.exit(1);
});
