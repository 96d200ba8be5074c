package io.polylog.protocol.mqtt;

/// Ends a connection with a reason code ([ReasonCode]); the message is for people.
final class MqttException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    final int code;

    MqttException(int code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    static MqttException malformed(String message) {
        return new MqttException(ReasonCode.MALFORMED_PACKET, message);
    }

    static MqttException protocol(String message) {
        return new MqttException(ReasonCode.PROTOCOL_ERROR, message);
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
