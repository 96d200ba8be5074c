package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Gathering;
import io.polylog.broker.Gathering.Gathered;
import io.polylog.broker.LiveMessage;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.PublishListener.Outcome;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Requests to all who answer on a subject, whose replies come in one message: `$POLYLOG.GATHER.`
/// before the subject, and headers that say how many replies are wanted and for how long. On the
/// loop.
final class Gatherings {
    /// Before the subject that is asked.
    static final String PREFIX = "$POLYLOG.GATHER.";

    private static final String COUNT = "Polylog-Gather-Count";
    private static final int MOST_COUNT = 1_000;
    private static final String WAIT = "Polylog-Gather-Wait-Ms";
    private static final int USUAL_WAIT_MS = 1_000;
    private static final int MOST_WAIT_MS = 60_000;
    private static final int MOST_AT_ONCE = 100;
    private static final long MOST_BYTES = 1 << 20;
    private static final JsonMapper JSON = JsonMapper.shared();

    private final OpenNats open;
    private final BiConsumer<String, String> reply;
    private final String inbox;
    private final Map<Long, Gathering<ObjectNode>> waiting = new HashMap<>();
    private long asked;

    /// What a request wants.
    ///
    /// @param to the subject that gets the answer
    private record Wanted(String to, int count, int waitMs) {}

    /// @param reply sends JSON to a reply subject
    Gatherings(OpenNats open, BiConsumer<String, String> reply) {
        this.open = open;
        this.reply = reply;
        NatsConnection connection = open.connection();
        String server = connection.node().seams().serverId();
        inbox = "_INBOX.gather-" + server + "-" + connection.client() + ".";
    }

    /// Asks. Whoever hears it sends his reply to a subject of its own.
    ///
    /// @param request as it is stored, with a reply subject
    /// @param decided is told what became of the question
    void ask(Address address, Content request, Consumer<Outcome> decided) {
        NatsContent message = NatsContent.wrap(request.bytes());
        Wanted wanted;
        try {
            wanted = wanted(message);
        } catch (IllegalArgumentException wrong) {
            reply.accept(message.reply(), error(String.valueOf(wrong.getMessage())));
            decided.accept(Outcome.STORED);
            return;
        }
        long number = ++asked;
        ByteBuffer stored = message.replyingTo(replies(number).getBytes(UTF_8));
        Content question = new Content(request.encoding(), request.envelope(), stored);
        gather(wanted, number, new Publication(address, question), decided);
    }

    private Wanted wanted(NatsContent message) {
        if (waiting.size() >= MOST_AT_ONCE) {
            throw new IllegalArgumentException(MOST_AT_ONCE + " of this connection wait already");
        }
        NatsHeaders headers = NatsHeaders.read(message.headers());
        int count = number(headers, COUNT, MOST_COUNT, MOST_COUNT);
        return new Wanted(
                message.reply(), count, number(headers, WAIT, USUAL_WAIT_MS, MOST_WAIT_MS));
    }

    private static int number(NatsHeaders headers, String name, int usual, int most) {
        String said = headers.first(name);
        if (said == null) {
            return usual;
        }
        try {
            int number = Integer.parseInt(said);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException bad) {
            // as one that is out of range
        }
        throw new IllegalArgumentException(name + ": from 1 to " + most + ", not '" + said + "'");
    }

    private void gather(
            Wanted wanted, long number, Publication question, Consumer<Outcome> decided) {
        Gathering<ObjectNode> gathering =
                new Gathering<>(
                        wanted.count,
                        mostBytes(),
                        this::shown,
                        gathered -> {
                            waiting.remove(number);
                            reply.accept(wanted.to, answer(gathered));
                        });
        try {
            gathering.begin(
                    open.session(),
                    open.namespace(),
                    NatsSubjects.neutral(replies(number)),
                    task -> open.connection().later(wanted.waitMs, task));
        } catch (BrokerException denied) {
            decided.accept(Outcome.DENIED);
            return;
        }
        waiting.put(number, gathering);
        open.session()
                .publish(
                        List.of(question),
                        outcomes -> {
                            if (outcomes.at(0) != Outcome.STORED) {
                                gathering.cancel();
                                waiting.remove(number);
                            }
                            decided.accept(outcomes.at(0));
                        });
    }

    private String replies(long number) {
        return inbox + number;
    }

    /// All of it, in base 64, is one message that the client takes.
    private long mostBytes() {
        return Math.min(MOST_BYTES, open.connection().node().seams().settings().payloadBytes() / 2);
    }

    private @Nullable ObjectNode shown(LiveMessage heard) {
        NatsContent said = open.subscriptions().outgoing().content(heard);
        if (said == null) {
            return null;
        }
        ObjectNode shown = JSON.createObjectNode();
        if (said.headersLength() > 0) {
            shown.put("hdrs", said.headers());
        }
        byte[] data = new byte[said.payloadLength()];
        said.payload().get(data);
        return shown.put("data", data);
    }

    private static String answer(Gathered<ObjectNode> gathered) {
        ObjectNode answer = JSON.createObjectNode();
        answer.putArray("replies").addAll(gathered.answers());
        return answer.put("complete", gathered.isComplete()).toString();
    }

    private static String error(String why) {
        ObjectNode answer = JSON.createObjectNode();
        answer.putObject("error").put("code", 400).put("description", why);
        return answer.toString();
    }

    /// Tells nobody any more.
    void close() {
        waiting.values().forEach(Gathering::cancel);
        waiting.clear();
    }
}
