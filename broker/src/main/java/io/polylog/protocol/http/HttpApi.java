package io.polylog.protocol.http;

import io.polylog.http.Answers;
import io.polylog.http.Endpoint;
import io.polylog.http.Request;
import io.polylog.http.Routes;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/// The routes of `docs/http.md`. Any thread.
public final class HttpApi {
    private static final String PATH = "/v1";
    private static final String QUEUE = PATH + "/queues/{name}";
    private static final String TOPIC = PATH + "/topics/{name}";
    private static final String SUBSCRIPTION = TOPIC + "/subscriptions/{subscription}";
    private static final String SUBJECT = PATH + "/subjects/{subject}";
    private static final String MESSAGES = "/messages";
    private static final String POST = "POST";

    private final Answers<HttpPlace> answers;
    private final Publishing publishing;
    private final Places places = new Places();
    private volatile HttpSettings settings = HttpSettings.NONE;

    /// @param threads runs each task on a thread that may wait
    public HttpApi(Executor threads) {
        answers = new Answers<>(threads);
        publishing = new Publishing(threads);
    }

    /// From now on there is a broker to work with.
    public void begin(HttpPlace place) {
        settings = place.settings();
        answers.begin(place);
    }

    /// From now on there is none.
    public void end() {
        answers.end();
    }

    /// Adds all that it serves.
    public void addTo(Routes routes) {
        ToIntFunction<Request> most = request -> Publishing.mostBytes(request, settings);
        Endpoint toTopic = answers.onLoop(most, publishing::toTopic);
        routes.add(POST, TOPIC + MESSAGES, toTopic);
        routes.add(POST, QUEUE + MESSAGES, toTopic);
        routes.add(POST, SUBJECT + MESSAGES, answers.onLoop(most, publishing::toSubject));
        routes.add("PUT", QUEUE, waiting(places::putQueue));
        routes.add("GET", QUEUE, waiting(places::getQueue));
        routes.add("DELETE", QUEUE, waiting(places::deleteQueue));
        routes.add("PUT", TOPIC, waiting(places::putTopic));
        routes.add("GET", TOPIC, waiting(places::getTopic));
        routes.add("DELETE", TOPIC, waiting(places::deleteTopic));
        routes.add("PUT", SUBSCRIPTION, waiting(places::putSubscription));
        routes.add("GET", SUBSCRIPTION, waiting(places::getSubscription));
        routes.add("DELETE", SUBSCRIPTION, waiting(places::deleteSubscription));
    }

    private Endpoint waiting(Function<Call, Object> action) {
        return answers.inSession((place, session, loop, request) ->
                action.apply(new Call(place, session, loop, request)));
    }
}
