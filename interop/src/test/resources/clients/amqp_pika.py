"""RabbitMQ's features with pika, before and after a restart of the broker.

usage: amqp_pika.py PORT before|after    exits with an AssertionError where something is wrong
"""
import os
import sys

import pika
from pika.exceptions import ChannelClosedByBroker, ConnectionClosedByBroker, UnroutableError

PORT = int(sys.argv[1])
DURABLE = pika.BasicProperties(delivery_mode=2)


def connect(**options):
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", PORT, **options))


def expect_close(code, mistake, error=ChannelClosedByBroker):
    connection = connect()
    try:
        channel = connection.channel()
        mistake(channel)
        channel.queue_declare("", exclusive=True)  # by its answer, the broker has seen the mistake
    except error as closed:
        assert closed.reply_code == code, closed
        return
    finally:
        if connection.is_open:
            connection.close()
    raise AssertionError("nothing was closed, %d expected" % code)


def texts(channel, queue):
    got = []
    while True:
        method, _, body = channel.basic_get(queue, auto_ack=True)
        if method is None:
            return got
        got.append(body.decode())


def collect(channel, queue, count, **options):
    """Consumes exactly so many; settles nothing."""
    got = []
    for method, properties, body in channel.consume(queue, inactivity_timeout=20, **options):
        assert method is not None, "only %d of %d came" % (len(got), count)
        got.append((method, properties, body.decode()))
        if len(got) == count:
            return got


def publishing(connection):
    channel = connection.channel()
    channel.queue_declare("pika", durable=True)
    channel.confirm_delivery()
    for i in range(10):
        channel.basic_publish("", "pika", "m%d" % i, DURABLE, mandatory=True)
    try:
        channel.basic_publish("", "nowhere", "lost", DURABLE, mandatory=True)
        raise AssertionError("an unroutable message was accepted")
    except UnroutableError as returned:
        assert returned.messages[0].body == b"lost"
        assert returned.messages[0].method.reply_code == 312
    channel.basic_publish("amq.direct", "nowhere", "dropped", mandatory=False)
    for size in (0, 1, 4096, 131072, 1 << 20):
        body = os.urandom(size)
        channel.basic_publish("", "pika", body)
    for i in range(10):
        assert channel.basic_get("pika", auto_ack=True)[2] == b"m%d" % i
    for size in (0, 1, 4096, 131072, 1 << 20):
        method, _, back = channel.basic_get("pika", auto_ack=True)
        assert len(back) == size
    assert back == body
    headers = {"text": "grüße", "int": 7, "flag": True, "list": [1, "a"], "table": {"n": None}}
    sent = pika.BasicProperties(content_type="text/plain", headers=headers, priority=3,
                                correlation_id="c", reply_to="r", expiration="60000",
                                message_id="m", timestamp=1700000000, type="t", app_id="a")
    channel.basic_publish("", "pika", "props", sent)
    assert channel.basic_get("pika", auto_ack=True)[1] == sent
    channel.close()


def consuming(connection):
    channel = connection.channel()
    channel.queue_declare("work", durable=True)
    for i in range(12):
        channel.basic_publish("", "work", "m%d" % i, DURABLE)
    channel.basic_qos(prefetch_count=3)
    got = collect(channel, "work", 3)
    assert [text for _, _, text in got] == ["m0", "m1", "m2"]
    assert channel.queue_declare("work", passive=True).method.message_count == 9
    channel.basic_nack(got[1][0].delivery_tag, requeue=True)
    channel.basic_reject(got[0][0].delivery_tag, requeue=True)
    channel.basic_reject(got[2][0].delivery_tag, requeue=False)
    channel.cancel()
    again = [channel.basic_get("work") for _ in range(3)]
    assert [body for _, _, body in again] == [b"m0", b"m1", b"m3"], again
    assert [method.redelivered for method, _, _ in again][:2] == [True, True]
    channel.basic_recover(requeue=True)
    method, _, body = channel.basic_get("work")
    assert (body, method.redelivered) == (b"m0", True)
    channel.basic_ack(method.delivery_tag)
    channel.close()

    one, two = connection.channel(), connection.channel()
    two.basic_qos(prefetch_count=4, global_qos=True)
    got = collect(two, "work", 4)
    assert one.queue_declare("work", passive=True).method.message_count == 6
    two.basic_ack(got[-1][0].delivery_tag, multiple=True)
    two.close()
    assert one.basic_get("work")[2] is not None
    one.close()


def definitions(connection):
    channel = connection.channel()
    name = channel.queue_declare("", exclusive=True).method.queue
    assert name.startswith("amq.gen-"), name
    expect_close(405, lambda other: other.queue_declare(name, passive=True))
    channel.queue_declare("auto", auto_delete=True)
    tag = channel.basic_consume("auto", lambda *_: None)
    channel.basic_cancel(tag)
    expect_close(404, lambda other: other.queue_declare("auto", passive=True))
    for kind in ("direct", "fanout", "topic", "headers"):
        channel.exchange_declare("pika." + kind, kind, durable=True)
    channel.exchange_declare("pika.lost", "fanout")
    channel.exchange_declare("pika.main", "topic", durable=True,
                             arguments={"alternate-exchange": "pika.lost"})
    channel.exchange_bind("pika.direct", "pika.main", "order.*")
    channel.queue_bind(name, "pika.direct", "order.x")
    channel.queue_bind(name, "pika.fanout")
    channel.queue_bind(name, "pika.lost")
    channel.queue_bind(name, "pika.headers", "", {"x-match": "any", "a": 1})
    channel.basic_publish("pika.main", "order.x", "through two")
    channel.basic_publish("pika.main", "else", "by the alternate")
    channel.basic_publish("pika.fanout", "", "fanned out")
    channel.basic_publish("pika.headers", "", "by header", pika.BasicProperties(headers={"a": 1}))
    got = texts(channel, name)
    assert got == ["through two", "by the alternate", "fanned out", "by header"], got
    channel.exchange_unbind("pika.direct", "pika.main", "order.*")
    for kind in ("classic", "quorum"):
        channel.queue_declare("pika." + kind, durable=True, arguments={"x-queue-type": kind})
    channel.close()


def mistakes():
    expect_close(404, lambda c: c.basic_consume("none", lambda *_: None))
    expect_close(404, lambda c: c.exchange_declare("none", passive=True))
    expect_close(403, lambda c: c.queue_declare("amq.mine"))
    expect_close(406, lambda c: c.queue_declare("pika", durable=False))
    expect_close(406, lambda c: c.basic_ack(99))
    expect_close(406, lambda c: c.queue_declare("x", arguments={"x-max-length": "many"}))
    expect_close(406, lambda c: c.tx_commit())
    expect_close(503, lambda c: c.exchange_declare("x", "odd"), ConnectionClosedByBroker)


def before():
    for options in ({}, {"frame_max": 4096}, {"heartbeat": 1}):
        connection = connect(**options)
        publishing(connection)
        connection.close()
    connection = connect()
    consuming(connection)
    definitions(connection)
    mistakes()
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("kept", durable=True)
    channel.queue_declare("gone", durable=False)
    channel.queue_bind("kept", "pika.fanout")
    for i in range(5):
        channel.basic_publish("", "kept", "m%d" % i, DURABLE)
    got = collect(channel, "kept", 4)
    channel.basic_ack(got[1][0].delivery_tag)
    channel.basic_ack(got[2][0].delivery_tag)
    connection.close()


def after():
    connection = connect()
    channel = connection.channel()
    assert channel.queue_declare("kept", passive=True).method.message_count == 3
    got = collect(channel, "kept", 3)
    assert [text for _, _, text in got] == ["m0", "m3", "m4"], got
    assert got[0][0].redelivered
    channel.basic_publish("pika.fanout", "", "still bound")
    assert collect(channel, "kept", 1)[0][2] == "still bound"
    expect_close(404, lambda c: c.queue_declare("gone", passive=True))
    connection.close()


{"before": before, "after": after}[sys.argv[2]]()
print("ok", sys.argv[2])
