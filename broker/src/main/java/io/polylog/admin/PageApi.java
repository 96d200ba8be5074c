package io.polylog.admin;

import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.http.Answers;
import io.polylog.http.RequestLoop;
import java.util.HashMap;
import java.util.Map;

/// Shows [Pages]. Each request on its own thread.
final class PageApi implements HttpService {
    private final Answers<Desk> answers;

    PageApi(Answers<Desk> answers) {
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/{page}", (in, out) -> answers.answer(in, out, (desk, _) -> page(desk, in)));
    }

    private Object page(Desk desk, ServerRequest request) {
        String name = request.path().pathParameters().get("page");
        if (!desk.pages().names().contains(name)) {
            throw new BrokerException(Kind.NOT_FOUND, "no page " + name);
        }
        Map<String, String> query = new HashMap<>();
        for (String parameter : request.query().names()) {
            request.query().first(parameter).ifPresent(value -> query.put(parameter, value));
        }
        return new RequestLoop(answers::isClosing).await(desk.pages().page(name, query));
    }
}
