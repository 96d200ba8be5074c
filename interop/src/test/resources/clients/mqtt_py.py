"""MQTT with paho-mqtt in both versions, before and after a restart of the broker.

usage: mqtt_py.py PORT before|after    exits with an AssertionError where something is wrong
"""
import queue
import sys

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

PORT = int(sys.argv[1])
PATIENCE_S = 20


class Client:
    """A connected client; `keep` for a session that outlives the connection."""

    def __init__(self, name, version, keep=False):
        five = version == mqtt.MQTTv5
        if five:
            self.client = mqtt.Client(name, protocol=version)
        else:
            self.client = mqtt.Client(name, clean_session=not keep, protocol=version)
        self.connected = queue.Queue()
        self.subscribed = queue.Queue()
        self.messages = queue.Queue()
        self.client.on_connect = lambda *seen: self.connected.put(seen[2:4])
        self.client.on_subscribe = lambda *seen: self.subscribed.put(seen[2])
        self.client.on_message = lambda client, data, message: self.messages.put(message)
        options = {}
        if five:
            options["clean_start"] = not keep
            if keep:
                options["properties"] = Properties(PacketTypes.CONNECT)
                options["properties"].SessionExpiryInterval = 3600
        self.client.connect("127.0.0.1", PORT, **options)
        self.client.loop_start()
        flags, code = self.connected.get(timeout=PATIENCE_S)
        assert code == 0, code
        self.present = flags["session present"] == 1

    def subscribe(self, topic, qos):
        self.client.subscribe(topic, qos)
        self.subscribed.get(timeout=PATIENCE_S)

    def publish(self, topic, text, qos, **options):
        told = self.client.publish(topic, text, qos, **options)
        told.wait_for_publish(PATIENCE_S)
        assert told.is_published()

    def next(self):
        return self.messages.get(timeout=PATIENCE_S)

    def end(self):
        self.client.disconnect()
        self.client.loop_stop()


VERSIONS = {"v311": mqtt.MQTTv311, "v5": mqtt.MQTTv5}


def every_quality(name, version):
    both = Client("py-" + name, version)
    both.subscribe("py/%s/+/x" % name, 2)
    for qos in (0, 1, 2):
        both.publish("py/%s/%d/x" % (name, qos), "grüße", qos)
        got = both.next()
        assert (got.payload.decode(), got.qos) == ("grüße", qos), got
    both.end()


def retained(name, version):
    first = Client("py-first-" + name, version)
    first.publish("py/kept/" + name, "last word", 1, retain=True)
    first.end()
    later = Client("py-later-" + name, version)
    later.subscribe("py/kept/#", 1)
    got = later.next()
    assert got.retain and got.payload == b"last word", got
    later.publish("py/kept/" + name, "", 1, retain=True)
    later.end()


def properties():
    client = Client("py-properties", mqtt.MQTTv5)
    client.subscribe("py/properties", 1)
    said = Properties(PacketTypes.PUBLISH)
    said.UserProperty = [("shop", "eu"), ("shop", "us")]
    said.ContentType = "text/plain"
    said.ResponseTopic = "py/answers"
    said.CorrelationData = b"c-17"
    client.publish("py/properties", "x", 1, properties=said)
    got = client.next().properties
    assert got.UserProperty == [("shop", "eu"), ("shop", "us")], got
    assert (got.ContentType, got.ResponseTopic) == ("text/plain", "py/answers"), got
    assert got.CorrelationData == b"c-17", got
    client.end()


def absent(name, version):
    keeper = Client("py-keeper-" + name, version, keep=True)
    assert not keeper.present
    keeper.subscribe("py/absent/" + name, 2)
    keeper.end()
    sender = Client("py-sender-" + name, version)
    for i in range(50):
        sender.publish("py/absent/" + name, "m%d" % i, 2)
    sender.end()


def back(name, version):
    keeper = Client("py-keeper-" + name, version, keep=True)
    assert keeper.present
    texts = [keeper.next().payload.decode() for _ in range(50)]
    assert texts == ["m%d" % i for i in range(50)], texts
    keeper.end()


for named, spoken in VERSIONS.items():
    if sys.argv[2] == "before":
        every_quality(named, spoken)
        retained(named, spoken)
        absent(named, spoken)
    else:
        back(named, spoken)
if sys.argv[2] == "before":
    properties()
print("ok " + sys.argv[2])
