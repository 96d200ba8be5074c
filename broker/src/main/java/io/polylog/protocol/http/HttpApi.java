package io.polylog.protocol.http;

import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.polylog.http.Answers;
import java.util.function.Function;

/// The routes of `docs/http.md`, below [#PATH]. Any thread.
public final class HttpApi implements HttpService {
    /// Where the routes lie.
    public static final String PATH = "/v1";

    private static final String QUEUE = "/queues/{name}";
    private static final String TOPIC = "/topics/{name}";
    private static final String SUBSCRIPTION = TOPIC + "/subscriptions/{subscription}";
    private static final String MESSAGES = "/messages";

    private final Answers<HttpPlace> answers = new Answers<>();
    private final Bodies bodies = new Bodies();
    private final Publishing publishing = new Publishing(bodies);
    private final Places places = new Places(bodies);

    /// From now on there is a broker to work with.
    public void begin(HttpPlace place) {
        answers.begin(place);
    }

    /// From now on there is none.
    public void end() {
        answers.end();
    }

    @Override
    public void routing(HttpRules rules) {
        rules.post(TOPIC + MESSAGES, inSession(publishing::toTopic));
        rules.post(QUEUE + MESSAGES, inSession(publishing::toTopic));
        rules.post("/subjects/{subject}" + MESSAGES, inSession(publishing::toSubject));
        rules.put(QUEUE, inSession(places::putQueue));
        rules.get(QUEUE, inSession(places::getQueue));
        rules.delete(QUEUE, inSession(places::deleteQueue));
        rules.put(TOPIC, inSession(places::putTopic));
        rules.get(TOPIC, inSession(places::getTopic));
        rules.delete(TOPIC, inSession(places::deleteTopic));
        rules.put(SUBSCRIPTION, inSession(places::putSubscription));
        rules.get(SUBSCRIPTION, inSession(places::getSubscription));
        rules.delete(SUBSCRIPTION, inSession(places::deleteSubscription));
    }

    private Handler inSession(Function<Call, Object> action) {
        return (request, response) ->
                answers.answerInSession(
                        request,
                        response,
                        (place, session, loop) ->
                                action.apply(new Call(place, session, loop, request)));
    }
}
