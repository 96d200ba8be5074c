"""STOMP with stomp.py in each version, before and after a restart of the broker.

usage: stomp_py.py PORT before|after    exits with an AssertionError where something is wrong
"""
import queue
import sys

import stomp

PORT = int(sys.argv[1])
PATIENCE_S = 20


class Heard(stomp.ConnectionListener):
    def __init__(self):
        self.messages = queue.Queue()
        self.receipts = queue.Queue()
        self.errors = queue.Queue()

    def on_message(self, frame):
        self.messages.put(frame)

    def on_receipt(self, frame):
        self.receipts.put(frame.headers["receipt-id"])

    def on_error(self, frame):
        self.errors.put(frame)

    def message(self):
        return self.messages.get(timeout=PATIENCE_S)

    def receipt(self, expected):
        got = self.receipts.get(timeout=PATIENCE_S)
        assert got == expected, got


def connect(kind, **options):
    connection = kind([("127.0.0.1", PORT)], **options)
    heard = Heard()
    connection.set_listener("heard", heard)
    connection.connect("guest", "guest", wait=True)
    return connection, heard


def every_version():
    for kind in (stomp.Connection10, stomp.Connection11, stomp.Connection12):
        name = "/queue/py-" + kind.__name__
        connection, heard = connect(kind)
        connection.send(name, "grüße\nworld", headers={"shop": "eu"}, receipt="s1")
        heard.receipt("s1")
        connection.subscribe(name, id="1", ack="client")
        got = heard.message()
        assert got.body == "grüße\nworld", got.body
        assert got.headers["shop"] == "eu", got.headers
        if kind is stomp.Connection10:
            connection.ack(got.headers["message-id"])
        elif kind is stomp.Connection11:
            connection.ack(got.headers["message-id"], "1")
        else:
            connection.ack(got.headers["ack"])
        connection.disconnect(receipt="bye")
        heard.receipt("bye")
        connection, heard = connect(kind)
        connection.send(name, "last")
        connection.subscribe(name, id="1", ack="auto")
        assert heard.message().body == "last"
        connection.disconnect()


def transactions_and_nack():
    connection, heard = connect(stomp.Connection12, heartbeats=(2000, 2000))
    connection.subscribe("/queue/py-tx", id="1", ack="client-individual")
    transaction = connection.begin()
    connection.send("/queue/py-tx", "aborted", transaction=transaction)
    connection.abort(transaction)
    transaction = connection.begin()
    connection.send("/queue/py-tx", "one", transaction=transaction)
    connection.send("/queue/py-tx", "two", transaction=transaction)
    connection.commit(transaction)
    first, second = heard.message(), heard.message()
    assert (first.body, second.body) == ("one", "two"), (first.body, second.body)
    connection.nack(first.headers["ack"])
    again = heard.message()
    assert again.body == "one" and again.headers["redelivered"] == "true", again
    connection.ack(again.headers["ack"])
    connection.ack(second.headers["ack"], receipt="done")
    heard.receipt("done")
    connection.disconnect()


def topics():
    connection, heard = connect(stomp.Connection12)
    connection.subscribe("/topic/py.#", id="t", receipt="there")
    heard.receipt("there")
    connection.send("/topic/py.weather", "sun")
    got = heard.message()
    assert (got.body, got.headers["subscription"]) == ("sun", "t"), got
    connection.disconnect()


def errors():
    connection, heard = connect(stomp.Connection12)
    connection.send("/nowhere/x", "lost")
    assert heard.errors.get(timeout=PATIENCE_S).headers["message"] == "Unknown destination"


if sys.argv[2] == "before":
    every_version()
    transactions_and_nack()
    topics()
    errors()
    keeper, keeping = connect(stomp.Connection12)
    for i in range(100):
        keeper.send("/queue/py-kept", "m%d" % i, receipt="k%d" % i)
    for i in range(100):
        keeping.receipt("k%d" % i)
    keeper.disconnect()
else:
    reader, reading = connect(stomp.Connection12)
    reader.subscribe("/queue/py-kept", id="1", ack="auto")
    for i in range(100):
        assert reading.message().body == "m%d" % i
    reader.disconnect()
print("ok " + sys.argv[2])
