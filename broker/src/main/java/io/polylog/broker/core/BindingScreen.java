package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Filter;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.command.NeutralMessages;
import io.polylog.broker.filter.Judgement;
import io.polylog.broker.filter.OpenMessage;
import io.polylog.broker.filter.Transformation;
import io.polylog.broker.filter.Transformation.Made;
import io.polylog.broker.filter.Verdict;
import io.polylog.broker.routing.Screening;
import io.polylog.message.Message;
import org.jspecify.annotations.Nullable;

/// Asks the filters of bindings about one message, and makes of it what they say. It is opened when
/// the first asks. Used by one thread.
final class BindingScreen implements Screening {
    private final Core core;
    private final Content published;
    private final OpenedRecord record;
    private boolean asked;

    /// @param published the message as it was published
    BindingScreen(Core core, Content published) {
        this.core = core;
        this.published = published;
        record = core.sieves().record();
    }

    /// Whether a binding was asked.
    boolean wasAsked() {
        return asked;
    }

    @Override
    public Passed pass(Filter filter, @Nullable Shape shape) {
        asked = true;
        Content content = shape == null ? published : shape.content();
        Metadata message = shape == null ? record.message(content, 0) : shape.metadata();
        if (message == null) {
            return failed(Verdict.SKIP, "it cannot be opened");
        }
        try {
            Judgement judged = core.sieves().compiled(filter).judge(message, true);
            Transformation transformation = core.sieves().transformation(filter);
            Passed passed = passed(judged, shape);
            return passed.fate() != Fate.GOES_ON || transformation == null
                    ? passed
                    : made(transformation, content, message, shape);
        } catch (BrokerException unknown) {
            // It was accepted once; what it means cannot be told any more.
            return failed(Verdict.SKIP, String.valueOf(unknown.getMessage()));
        }
    }

    private Passed made(
            Transformation transformation, Content content, Metadata open, @Nullable Shape shape) {
        Message whole = open instanceof OpenMessage(Message it) ? it : record.whole(content, 0);
        if (whole == null) {
            return failed(Verdict.SKIP, "it cannot be opened");
        }
        Made made = transformation.of(whole);
        Message message = made.message();
        if (message == null) {
            return passed(made.judgement(), shape);
        }
        Content stored = NeutralMessages.content(content.envelope(), message);
        return new Passed(Fate.GOES_ON, new Shape(stored, new OpenMessage(message)), "");
    }

    private Passed failed(Verdict verdict, String why) {
        core.sieves().failed(verdict);
        return passed(verdict, null, why);
    }

    private Passed passed(Judgement judged, @Nullable Shape shape) {
        if (judged.failed()) {
            core.sieves().failed(judged.verdict());
        }
        return passed(judged.verdict(), shape, judged.error());
    }

    private static Passed passed(Verdict verdict, @Nullable Shape shape, String error) {
        return switch (verdict) {
            case DELIVER -> new Passed(Fate.GOES_ON, shape, "");
            case SKIP -> Passed.NOT;
            case DEAD_LETTER -> new Passed(Fate.REJECTED, shape, error);
        };
    }
}
