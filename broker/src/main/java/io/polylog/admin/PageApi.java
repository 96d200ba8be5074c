package io.polylog.admin;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.http.Answers;
import io.polylog.http.Request;
import io.polylog.http.RequestLoop;
import io.polylog.http.Routes;

/// Shows [Pages]. Each request on its own thread.
final class PageApi {
    private final Answers<Desk> answers;

    PageApi(Answers<Desk> answers) {
        this.answers = answers;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/{page}", answers.answering((desk, _, request) -> page(desk, request)));
    }

    private Object page(Desk desk, Request request) {
        String name = request.parameter("page");
        if (!desk.pages().names().contains(name)) {
            throw new BrokerException(Kind.NOT_FOUND, "no page " + name);
        }
        return new RequestLoop(answers::isClosing).await(desk.pages().page(name, request.query()));
    }
}
