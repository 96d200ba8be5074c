"""A round trip with kafka-python: administration, both codecs it has, a group, offsets.

usage: kafka_python.py HOST:PORT    exits with an AssertionError where something is wrong
"""
import sys

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic

ADDRESS = sys.argv[1]
TOPIC = "python"
PER_CODEC = 50


def produce(codec):
    producer = KafkaProducer(bootstrap_servers=ADDRESS, acks="all", compression_type=codec)
    futures = [
        producer.send(TOPIC, key=b"k%d" % i, value=b"%s %d" % (str(codec).encode(), i),
                      headers=[("n", b"%d" % i)], partition=i % 2)
        for i in range(PER_CODEC)
    ]
    offsets = [future.get(20).offset for future in futures]
    producer.close()
    return offsets


def consume(count):
    consumer = KafkaConsumer(TOPIC, bootstrap_servers=ADDRESS, group_id="python",
                             auto_offset_reset="earliest", enable_auto_commit=False,
                             consumer_timeout_ms=20000)
    records = []
    for record in consumer:
        records.append(record)
        if len(records) == count:
            break
    consumer.commit()
    committed = [consumer.committed(TopicPartition(TOPIC, p)) for p in (0, 1)]
    ends = consumer.end_offsets([TopicPartition(TOPIC, p) for p in (0, 1)])
    assert sorted(ends.values()) == sorted(committed), (ends, committed)
    consumer.close()
    return records


admin = KafkaAdminClient(bootstrap_servers=ADDRESS)
admin.create_topics([NewTopic(TOPIC, 2, 1, topic_configs={"retention.ms": "3600000"})])
config = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, TOPIC)])
assert any(entry[0:2] == ("retention.ms", "3600000") for entry in config[0].resources[0][4])

sent = {b"%s %d" % (str(codec).encode(), i) for codec in (None, "gzip") for i in range(PER_CODEC)}
assert sorted(produce(None)) == sorted(2 * list(range(PER_CODEC // 2)))
assert min(produce("gzip")) == PER_CODEC // 2

got = consume(2 * PER_CODEC)
assert {record.value for record in got} == sent
assert all(record.headers == [("n", record.value.split()[1])] for record in got)

assert ("python", "consumer") in admin.list_consumer_groups()
assert admin.describe_consumer_groups(["python"])[0].state == "Empty"
assert admin.list_consumer_group_offsets("python")[TopicPartition(TOPIC, 0)].offset == PER_CODEC
# What the topic keeps can be changed; a time leads to an offset; a reader below the log's beginning
# starts where it says.
admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, TOPIC, {"retention.ms": "7200000"})])
config = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, TOPIC)])
assert any(entry[0:2] == ("retention.ms", "7200000") for entry in config[0].resources[0][4])
seeker = KafkaConsumer(bootstrap_servers=ADDRESS, auto_offset_reset="earliest",
                       enable_auto_commit=False, consumer_timeout_ms=20000)
partition = TopicPartition(TOPIC, 0)
seeker.assign([partition])
third = [record for record in got if record.partition == 0 and record.offset == 3][0]
found = seeker.offsets_for_times({partition: third.timestamp})[partition]
assert found.offset <= 3 and found.timestamp >= third.timestamp, found
assert seeker.beginning_offsets([partition]) == {partition: 0}
seeker.seek(partition, 999)
assert next(seeker).offset == 0
seeker.close()
admin.create_partitions({TOPIC: NewPartitions(3)})
admin.delete_topics([TOPIC])
assert TOPIC not in admin.list_topics()
print("ok", len(got))
