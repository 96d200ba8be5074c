package io.polylog.protocol.http;

import io.polylog.broker.DeliveredMessages;
import io.polylog.http.Answers;
import io.polylog.http.Endpoint;
import io.polylog.http.Request;
import io.polylog.http.Routes;
import io.polylog.message.MessageCodec;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/// The routes of `docs/http.md`. Any thread.
public final class HttpApi {
    private static final String PATH = "/v1";
    private static final String QUEUE = PATH + "/queues/{name}";
    private static final String TOPIC = PATH + "/topics/{name}";
    private static final String SUBSCRIPTION = TOPIC + "/subscriptions/{subscription}";
    private static final String SUBJECT = PATH + "/subjects/{subject}";
    private static final String SCHEDULES = PATH + "/schedules";
    private static final String SCHEDULE = SCHEDULES + "/{name}";
    private static final String MESSAGES = "/messages";
    private static final String LEASE = PATH + "/leases/{lease}";
    private static final String POST = "POST";
    private static final int ORDER_BYTES = 256 << 10;

    private final Answers<HttpPlace> answers;
    private final Publishing publishing;
    private final Pulling pulling;
    private final Settling settling;
    private final Events events;
    private final Asking asking;
    private final Talking talking;
    private final Leases leases;
    private final Places places = new Places();
    private final Scheduling scheduling;
    private final Bindings bindings = new Bindings();
    private volatile HttpSettings settings = HttpSettings.NONE;

    /// What it needs from others.
    ///
    /// @param threads runs each task on a thread that may wait
    /// @param home runs tasks one at a time, for what belongs to no connection
    /// @param name never given before
    /// @param codecs opens what other protocols stored, by encoding
    public record Seams(
            Executor threads,
            ScheduledExecutorService home,
            String name,
            Map<Byte, MessageCodec> codecs) {
        public Seams {
            codecs = Map.copyOf(codecs);
        }
    }

    public HttpApi(Seams seams) {
        answers = new Answers<>(seams.threads);
        publishing = new Publishing(seams.threads);
        scheduling = new Scheduling(answers);
        leases = new Leases(seams.home, seams.name);
        pulling = new Pulling(leases, new DeliveredMessages(seams.codecs));
        settling = new Settling(leases);
        events = new Events(seams.codecs);
        asking = new Asking(seams.codecs, seams.name);
        talking = new Talking(seams.threads, seams.codecs);
    }

    /// From now on there is a broker to work with.
    public void begin(HttpPlace place) {
        settings = place.settings();
        answers.begin(place);
    }

    /// From now on there is none. Idempotent.
    public void end() {
        if (!answers.isClosing()) {
            answers.end();
            leases.run(leases::end);
        }
    }

    /// Adds all that it serves.
    public void addTo(Routes routes) {
        ToIntFunction<Request> most = request -> Contents.mostBytes(request, settings);
        Endpoint toTopic = answers.onLoop(most, publishing::toTopic);
        routes.add(POST, TOPIC + MESSAGES, toTopic);
        routes.add(POST, QUEUE + MESSAGES, toTopic);
        routes.add(POST, SUBJECT + MESSAGES, answers.onLoop(most, publishing::toSubject));
        routes.add(POST, SUBJECT + "/requests", answers.onLoop(most, asking::ask));
        routes.add(POST, QUEUE + "/pull", admitting(pulling::fromQueue));
        routes.add(POST, SUBSCRIPTION + "/pull", admitting(pulling::fromSubscription));
        routes.add(POST, PATH + "/leases/settle", admitting(settling::many));
        routes.add(POST, LEASE + "/accept", admitting(settling::accept));
        routes.add(POST, LEASE + "/release", admitting(settling::release));
        routes.add(POST, LEASE + "/reject", admitting(settling::reject));
        routes.add(POST, LEASE + "/renew", admitting(settling::renew));
        routes.add("GET", SUBJECT + "/events", reading(events::ofSubject));
        routes.add("GET", TOPIC + "/events", reading(events::ofTopic));
        routes.add("GET", PATH + "/ws", answers.upgrading(talking::begin));
        routes.add("GET", PATH + "/openapi.json", Guide.DESCRIPTION);
        routes.add("GET", PATH + "/docs", Guide.PAGE);
        routes.add("PUT", QUEUE, waiting(places::putQueue));
        routes.add("GET", QUEUE, waiting(places::getQueue));
        routes.add("DELETE", QUEUE, waiting(places::deleteQueue));
        routes.add("PUT", TOPIC, waiting(places::putTopic));
        routes.add("GET", TOPIC, waiting(places::getTopic));
        routes.add("DELETE", TOPIC, waiting(places::deleteTopic));
        for (boolean queue : new boolean[] {true, false}) {
            String path = (queue ? QUEUE : TOPIC) + "/bindings";
            routes.add("PUT", path, waiting(call -> bindings.put(call, queue)));
            routes.add("GET", path, waiting(call -> bindings.list(call, queue)));
            routes.add(
                    "DELETE", path + "/{binding}", waiting(call -> bindings.delete(call, queue)));
        }
        routes.add("PUT", SUBSCRIPTION, waiting(places::putSubscription));
        routes.add("GET", SUBSCRIPTION, waiting(places::getSubscription));
        routes.add("DELETE", SUBSCRIPTION, waiting(places::deleteSubscription));
        addSchedules(routes);
    }

    private void addSchedules(Routes routes) {
        routes.add("GET", SCHEDULES, scheduling.list());
        routes.add("PUT", SCHEDULE, scheduling.put());
        routes.add("GET", SCHEDULE, scheduling.get());
        routes.add("DELETE", SCHEDULE, scheduling.delete());
        routes.add(POST, SCHEDULE + "/pause", scheduling.pause());
        routes.add(POST, SCHEDULE + "/resume", scheduling.resume());
        routes.add(POST, SCHEDULE + "/run", scheduling.run());
    }

    private Endpoint admitting(Answers.Admitted<HttpPlace> action) {
        return answers.admitting(_ -> ORDER_BYTES, action);
    }

    private Endpoint reading(Answers.LoopAction<HttpPlace> action) {
        return answers.onLoop(_ -> 0, action);
    }

    private Endpoint waiting(Function<Call, Object> action) {
        return answers.inSession((place, session, loop, request) ->
                action.apply(new Call(place, session, loop, request)));
    }
}
