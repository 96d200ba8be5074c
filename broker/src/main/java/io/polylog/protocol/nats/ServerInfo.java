package io.polylog.protocol.nats;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// What INFO says to one client. On the loop.
///
/// @param node whose server
/// @param client the number of the connection
record ServerInfo(NatsNode node, long client, Channel channel) {
    static final String NAME = "polylog";

    private static final JsonMapper JSON = JsonMapper.shared();

    /// At the beginning.
    String first() {
        return JSON.writeValueAsString(fields());
    }

    /// Behind the first PONG.
    String connected(String namespace) {
        Map<String, Object> fields = fields();
        fields.put("connect_info", true);
        fields.put("remote_account", namespace);
        return JSON.writeValueAsString(fields);
    }

    /// Before the broker goes down.
    String lameDuck() {
        Map<String, Object> fields = fields();
        fields.put("ldm", true);
        return JSON.writeValueAsString(fields);
    }

    private Map<String, Object> fields() {
        NatsProtocol.Seams seams = node.seams();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("server_id", seams.serverId());
        fields.put("server_name", NAME);
        fields.put("version", NatsProtocol.SERVER_VERSION);
        fields.put("proto", 1);
        if (channel.localAddress() instanceof InetSocketAddress local) {
            fields.put("host", local.getAddress().getHostAddress());
            fields.put("port", local.getPort());
        }
        fields.put("api_lvl", NatsProtocol.API_LEVEL);
        fields.put("jetstream", true);
        fields.put("headers", true);
        fields.put("max_payload", seams.settings().payloadBytes());
        if (seams.loginNeeded()) {
            fields.put("auth_required", true);
        }
        fields.put("client_id", client);
        if (channel.remoteAddress() instanceof InetSocketAddress remote) {
            fields.put("client_ip", remote.getAddress().getHostAddress());
        }
        return fields;
    }
}
