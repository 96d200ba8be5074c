package io.polylog.protocol.kafka;

import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.InitProducerIdRequest;

/// InitProducerId: a new id for a producer that wants its retries stored once. On the connection's
/// loop.
final class ProducerIdApi {
    private ProducerIdApi() {}

    static void initProducerId(KafkaRequest request) {
        if (request.body(InitProducerIdRequest.class).data().transactionalId() != null) {
            request.fail(Errors.UNSUPPORTED_VERSION.exception("transactions are not available"));
            return;
        }
        request.connection()
                .session()
                .newProducerId()
                .whenComplete((id, error) -> {
                    if (error != null) {
                        request.fail(retriable(error));
                    } else {
                        request.answer(
                                new InitProducerIdResponseData()
                                        .setProducerId(id)
                                        .setProducerEpoch((short) 0));
                    }
                });
    }

    /// Clients ask again after this one, and give up after most others.
    private static Throwable retriable(Throwable error) {
        Throwable cause = KafkaErrors.cause(error);
        return Errors.COORDINATOR_NOT_AVAILABLE.exception(
                cause == null ? null : cause.getMessage());
    }
}
