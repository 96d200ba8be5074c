// A round trip with kafkajs: administration, an idempotent producer, a group of two, offsets.
// usage: node kafka_js.js HOST:PORT    exits with 1 where something is wrong
const assert = require('assert');
const { Kafka, CompressionTypes, ConfigResourceTypes, logLevel } = require('kafkajs');

const TOPIC = 'kafkajs';
const COUNT = 100;
const kafka = new Kafka({ clientId: 'test', brokers: [process.argv[2]], logLevel: logLevel.ERROR });

async function produce() {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (let i = 0; i < COUNT; i += 10) {
    const messages = [...Array(10).keys()].map((n) => ({
      key: `k${i + n}`, value: `value ${i + n}`, headers: { n: `${i + n}` },
    }));
    const compression = i % 20 ? CompressionTypes.GZIP : CompressionTypes.None;
    const told = await producer.send({ topic: TOPIC, acks: -1, compression, messages });
    assert(told.every((one) => one.errorCode === 0));
  }
  await producer.disconnect();
}

async function consume() {
  const got = new Map();
  const members = [kafka.consumer({ groupId: 'js' }), kafka.consumer({ groupId: 'js' })];
  await new Promise((done, failed) => {
    setTimeout(() => failed(new Error(`only ${got.size} came`)), 30000).unref();
    members.forEach(async (member) => {
      try {
        await member.connect();
        await member.subscribe({ topics: [TOPIC], fromBeginning: true });
        await member.run({
          eachMessage: async ({ message }) => {
            got.set(message.key.toString(), message);
            if (got.size === COUNT) done();
          },
        });
      } catch (e) { failed(e); }
    });
  });
  await Promise.all(members.map((member) => member.disconnect()));
  return got;
}

// Configuration, times, deletion of records and of offsets.
async function administrate(admin) {
  const resource = { type: ConfigResourceTypes.TOPIC, name: TOPIC };
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '3600000' }] }],
  });
  const described = await admin.describeConfigs({
    includeSynonyms: false, resources: [{ ...resource, configNames: ['retention.ms'] }],
  });
  assert.strictEqual(described.resources[0].configEntries[0].configValue, '3600000');
  const atOnce = await admin.fetchTopicOffsetsByTimestamp(TOPIC, 0);
  assert(atOnce.every((one) => Number(one.offset) === 0));
  const [first] = (await admin.fetchTopicOffsets(TOPIC)).filter((end) => Number(end.high) > 2);
  const { partition } = first;
  await admin.deleteTopicRecords({ topic: TOPIC, partitions: [{ partition, offset: '2' }] });
  const after = await admin.fetchTopicOffsets(TOPIC);
  assert.strictEqual(after.find((end) => end.partition === partition).low, '2');
  await admin.setOffsets({ groupId: 'js', topic: TOPIC, partitions: [{ partition, offset: '2' }] });
  const [set] = await admin.fetchOffsets({ groupId: 'js', topics: [TOPIC] });
  assert.strictEqual(set.partitions.find((one) => one.partition === partition).offset, '2');
  await admin.resetOffsets({ groupId: 'js', topic: TOPIC, earliest: true });
  const { brokers } = await admin.describeCluster();
  assert.strictEqual(brokers.length, 1);
  assert((await admin.listGroups()).groups.some((group) => group.groupId === 'js'));
}

async function main() {
  const admin = kafka.admin();
  await admin.connect();
  assert(await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 4 }] }));
  await produce();
  const got = await consume();
  for (let i = 0; i < COUNT; i++) {
    const message = got.get(`k${i}`);
    assert.strictEqual(message.value.toString(), `value ${i}`);
    assert.strictEqual(message.headers.n.toString(), `${i}`);
  }
  const ends = await admin.fetchTopicOffsets(TOPIC);
  assert.strictEqual(ends.reduce((sum, end) => sum + Number(end.high), 0), COUNT);
  const [committed] = await admin.fetchOffsets({ groupId: 'js', topics: [TOPIC] });
  const read = committed.partitions.reduce((sum, one) => sum + Number(one.offset), 0);
  assert.strictEqual(read, COUNT);
  await administrate(admin);
  const { groups } = await admin.describeGroups(['js']);
  assert.strictEqual(groups[0].state, 'Empty');
  await admin.deleteGroups(['js']);
  await admin.createPartitions({ topicPartitions: [{ topic: TOPIC, count: 5 }] });
  await admin.deleteTopics({ topics: [TOPIC] });
  assert(!(await admin.listTopics()).includes(TOPIC));
  await admin.disconnect();
  console.log('ok', got.size);
}

main().catch((e) => {
  console.error(e);
  process.exit(1);
});
