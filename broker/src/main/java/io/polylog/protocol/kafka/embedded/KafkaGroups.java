package io.polylog.protocol.kafka.embedded;

import io.polylog.broker.Broker;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResultCollection;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;

/// Consumer groups: what the adapter may ask of Kafka's group coordinator, which starts with the
/// first of these objects. Safe from any thread; answers come on the coordinator's thread and carry
/// Kafka's error codes, or fail.
public final class KafkaGroups implements AutoCloseable {
    private static final BufferSupplier NO_CACHE = BufferSupplier.NO_CACHING;

    private final GroupService service;

    /// Starts the coordinator in the background.
    ///
    /// @param topics the newest topics whenever asked
    /// @param partitions of its own topic; fixed for the life of the data
    public KafkaGroups(Broker broker, Supplier<GroupTopics> topics, int partitions) {
        service = new GroupService(broker, topics, partitions);
    }

    public CompletableFuture<JoinGroupResponseData> join(
            AuthorizableRequestContext who, JoinGroupRequestData what) {
        return service.ask(groups -> groups.joinGroup(who, what, NO_CACHE));
    }

    public CompletableFuture<SyncGroupResponseData> sync(
            AuthorizableRequestContext who, SyncGroupRequestData what) {
        return service.ask(groups -> groups.syncGroup(who, what, NO_CACHE));
    }

    public CompletableFuture<HeartbeatResponseData> heartbeat(
            AuthorizableRequestContext who, HeartbeatRequestData what) {
        return service.ask(groups -> groups.heartbeat(who, what));
    }

    public CompletableFuture<LeaveGroupResponseData> leave(
            AuthorizableRequestContext who, LeaveGroupRequestData what) {
        return service.ask(groups -> groups.leaveGroup(who, what));
    }

    public CompletableFuture<OffsetCommitResponseData> commit(
            AuthorizableRequestContext who, OffsetCommitRequestData what) {
        return service.ask(groups -> groups.commitOffsets(who, what, NO_CACHE));
    }

    public CompletableFuture<OffsetFetchResponseGroup> fetch(
            AuthorizableRequestContext who, OffsetFetchRequestGroup what, boolean stable) {
        return service.ask(groups -> groups.fetchOffsets(who, what, stable));
    }

    public CompletableFuture<OffsetDeleteResponseData> deleteOffsets(
            AuthorizableRequestContext who, OffsetDeleteRequestData what) {
        return service.ask(groups -> groups.deleteOffsets(who, what, NO_CACHE));
    }

    public CompletableFuture<ListGroupsResponseData> list(
            AuthorizableRequestContext who, ListGroupsRequestData what) {
        return service.ask(groups -> groups.listGroups(who, what));
    }

    public CompletableFuture<List<DescribedGroup>> describe(
            AuthorizableRequestContext who, List<String> names) {
        return service.ask(groups -> groups.describeGroups(who, names));
    }

    public CompletableFuture<DeletableGroupResultCollection> delete(
            AuthorizableRequestContext who, List<String> names) {
        return service.ask(groups -> groups.deleteGroups(who, names, NO_CACHE));
    }

    /// The coordinator could not start and never will: a new object may be tried.
    public boolean hasFailed() {
        return service.hasFailed();
    }

    /// Stops the coordinator; waits for up to 5 s.
    @Override
    public void close() {
        service.close();
    }
}
