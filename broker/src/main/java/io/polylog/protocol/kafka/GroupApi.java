package io.polylog.protocol.kafka;

import io.polylog.protocol.kafka.KafkaSettings.HostAndPort;
import io.polylog.protocol.kafka.embedded.KafkaGroups;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteGroupsRequest;
import org.apache.kafka.common.requests.DescribeGroupsRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.LeaveGroupRequest;
import org.apache.kafka.common.requests.LeaveGroupResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.SyncGroupRequest;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/// Consumer groups of the classic protocol: hands requests to the group coordinator and its answers
/// back to the connection's loop.
final class GroupApi {
    private static final short KEYS_FROM = 4;

    private GroupApi() {}

    /// Asks the coordinator and answers when it does.
    static <T> void ask(
            KafkaRequest request,
            BiFunction<KafkaGroups, RequestContext, CompletableFuture<T>> question,
            Function<T, ApiMessage> answer) {
        KafkaConnection connection = request.connection();
        question.apply(connection.node().groups(), context(request))
                .whenComplete((found, error) ->
                        connection.post(() -> {
                            if (error != null) {
                                request.fail(error);
                            } else {
                                request.answer(answer.apply(found));
                            }
                        }));
    }

    static RequestContext context(KafkaRequest request) {
        var remote = request.connection().channel().remoteAddress();
        InetAddress client =
                remote instanceof InetSocketAddress address
                        ? address.getAddress()
                        : InetAddress.getLoopbackAddress();
        return new RequestContext(
                request.header(),
                request.connection().channel().id().asShortText(),
                client,
                KafkaPrincipal.ANONYMOUS,
                ListenerName.forSecurityProtocol(SecurityProtocol.PLAINTEXT),
                SecurityProtocol.PLAINTEXT,
                ClientInformation.EMPTY,
                false);
    }

    static void join(KafkaRequest request) {
        var body = request.body(JoinGroupRequest.class).data();
        ask(
                request,
                (groups, who) -> groups.join(who, body),
                found -> new JoinGroupResponse(found, request.version()).data());
    }

    static void sync(KafkaRequest request) {
        SyncGroupRequest body = request.body(SyncGroupRequest.class);
        if (!body.areMandatoryProtocolTypeAndNamePresent()) {
            request.fail(Errors.INCONSISTENT_GROUP_PROTOCOL.exception());
            return;
        }
        ask(request, (groups, who) -> groups.sync(who, body.data()), found -> found);
    }

    static void heartbeat(KafkaRequest request) {
        var body = request.body(HeartbeatRequest.class).data();
        ask(request, (groups, who) -> groups.heartbeat(who, body), found -> found);
    }

    static void leave(KafkaRequest request) {
        var body = request.body(LeaveGroupRequest.class).normalizedData();
        ask(
                request,
                (groups, who) -> groups.leave(who, body),
                found -> new LeaveGroupResponse(found, request.version()).data());
    }

    static void list(KafkaRequest request) {
        var body = request.body(ListGroupsRequest.class).data();
        ask(request, (groups, who) -> groups.list(who, body), found -> found);
    }

    static void describe(KafkaRequest request) {
        var body = request.body(DescribeGroupsRequest.class).data();
        ask(
                request,
                (groups, who) -> groups.describe(who, body.groups()),
                found -> new DescribeGroupsResponseData().setGroups(found));
    }

    static void delete(KafkaRequest request) {
        var body = request.body(DeleteGroupsRequest.class).data();
        ask(
                request,
                (groups, who) -> groups.delete(who, body.groupsNames()),
                found -> new DeleteGroupsResponseData().setResults(found));
    }

    // FindCoordinator --------------------------------------------------------------------------

    /// The one node coordinates all groups.
    static void findCoordinator(KafkaRequest request) {
        FindCoordinatorRequestData body = request.body(FindCoordinatorRequest.class).data();
        HostAndPort address = Addresses.of(request.connection());
        boolean groups = body.keyType() == CoordinatorType.GROUP.id();
        if (groups) {
            request.connection().node().groups(); // is started while the client comes back
        }
        FindCoordinatorResponseData answer = new FindCoordinatorResponseData();
        if (request.version() < KEYS_FROM) {
            Coordinator one = coordinator(body.key(), groups, address);
            answer.setErrorCode(one.errorCode())
                    .setErrorMessage(one.errorMessage())
                    .setNodeId(one.nodeId())
                    .setHost(one.host())
                    .setPort(one.port());
        } else {
            for (String key : body.coordinatorKeys()) {
                answer.coordinators().add(coordinator(key, groups, address));
            }
        }
        request.answer(answer);
    }

    private static Coordinator coordinator(String key, boolean groups, HostAndPort address) {
        if (!groups) {
            return new Coordinator()
                    .setKey(key)
                    .setErrorCode(Errors.UNSUPPORTED_VERSION.code())
                    .setErrorMessage("transactions and share groups are not available")
                    .setNodeId(-1)
                    .setHost("")
                    .setPort(-1);
        }
        return new Coordinator()
                .setKey(key)
                .setNodeId(KafkaNode.ID)
                .setHost(address.host())
                .setPort(address.port());
    }
}
