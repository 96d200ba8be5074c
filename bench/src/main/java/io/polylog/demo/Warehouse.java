package io.polylog.demo;

import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttCallbackExtended;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/// A screen in the warehouse: MQTT over WebSocket, as a browser has it, with a session that
/// outlives its connections. Messages come on a thread of its client.
final class Warehouse implements AutoCloseable {
    private static final int AT_LEAST_ONCE = 1;

    private final MqttAsyncClient client;

    /// Shows what arrives until closed. Returns when it has subscribed.
    ///
    /// @param address host:port of MQTT over WebSocket
    Warehouse(String address, Inbox inbox) throws MqttException, InterruptedException {
        client =
                new MqttAsyncClient(
                        "ws://" + address + "/mqtt", "warehouse-screen", new MemoryPersistence());
        client.setCallback(new Screen(inbox));
        MqttConnectOptions options = new MqttConnectOptions();
        options.setCleanSession(false);
        options.setAutomaticReconnect(true);
        options.setMaxReconnectDelay(200);
        client.connect(options).waitForCompletion();
        client.subscribe(Shop.TOPIC, AT_LEAST_ONCE).waitForCompletion();
    }

    @Override
    public void close() throws MqttException {
        client.disconnectForcibly(0, 1000);
        client.close(true);
    }

    private record Screen(Inbox inbox) implements MqttCallbackExtended {
        @Override
        public void messageArrived(String topic, MqttMessage message) {
            int number = inbox.receive(message.getPayload(), message.isDuplicate());
            if (number >= 0) {
                inbox.done(number);
            }
        }

        @Override
        public void connectComplete(boolean again, String address) {}

        @Override
        public void connectionLost(Throwable why) {}

        @Override
        public void deliveryComplete(IMqttDeliveryToken token) {}
    }
}
