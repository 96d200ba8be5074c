package io.polylog.protocol.mqtt;

/// Reason codes of MQTT 5 (section 2.4).
final class ReasonCode {
    static final int SUCCESS = 0;
    static final int DISCONNECT_WITH_WILL = 0x04;
    static final int NO_MATCHING_SUBSCRIBERS = 0x10;
    static final int NO_SUBSCRIPTION_EXISTED = 0x11;
    static final int UNSPECIFIED_ERROR = 0x80;
    static final int MALFORMED_PACKET = 0x81;
    static final int PROTOCOL_ERROR = 0x82;
    static final int IMPLEMENTATION_SPECIFIC = 0x83;
    static final int UNSUPPORTED_VERSION = 0x84;
    static final int CLIENT_ID_NOT_VALID = 0x85;
    static final int BAD_USER_OR_PASSWORD = 0x86;
    static final int NOT_AUTHORIZED = 0x87;
    static final int SERVER_SHUTTING_DOWN = 0x8B;
    static final int BAD_AUTHENTICATION_METHOD = 0x8C;
    static final int KEEP_ALIVE_TIMEOUT = 0x8D;
    static final int SESSION_TAKEN_OVER = 0x8E;
    static final int FILTER_INVALID = 0x8F;
    static final int TOPIC_NAME_INVALID = 0x90;
    static final int PACKET_ID_NOT_FOUND = 0x92;
    static final int RECEIVE_MAXIMUM_EXCEEDED = 0x93;
    static final int TOPIC_ALIAS_INVALID = 0x94;
    static final int PACKET_TOO_LARGE = 0x95;
    static final int QUOTA_EXCEEDED = 0x97;
    static final int ADMINISTRATIVE_ACTION = 0x98;

    static final int PAYLOAD_FORMAT_INVALID = 0x99;
    static final int QOS_NOT_SUPPORTED = 0x9B;

    private ReasonCode() {}

    /// Whether it says that something was not done.
    static boolean isError(int code) {
        return code >= UNSPECIFIED_ERROR;
    }

    /// What CONNACK says before MQTT 5 (section 3.2.2.3 of 3.1.1).
    static int ofConnack3(int code) {
        return switch (code) {
            case SUCCESS -> 0;
            case UNSUPPORTED_VERSION -> 1;
            case CLIENT_ID_NOT_VALID -> 2;
            case BAD_USER_OR_PASSWORD -> 4;
            case NOT_AUTHORIZED, BAD_AUTHENTICATION_METHOD -> 5;
            default -> 3;
        };
    }
}
