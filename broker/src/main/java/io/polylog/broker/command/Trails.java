package io.polylog.broker.command;

import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Cause;
import io.polylog.broker.Trail.Death;
import io.polylog.broker.Trail.Origin;
import io.polylog.broker.Trail.Place;
import io.polylog.broker.Trail.Replay;
import java.util.ArrayList;
import java.util.List;

/// A message's way inside a head.
final class Trails {
    /// Keys of an origin that are larger together are not kept, but for the first.
    private static final int MOST_KEY_CHARS = 8 * 1024;

    /// Beside a cause: an error stands behind its place.
    private static final int WITH_ERROR = 128;

    private Trails() {}

    static void encode(HeadWriter out, Origin origin) {
        int chars = 0;
        for (String key : origin.keys()) {
            chars += key.length();
        }
        for (String key : origin.blind()) {
            chars += key.length();
        }
        boolean all = chars <= MOST_KEY_CHARS;
        out.text(origin.exchange());
        texts(out, all ? origin.keys() : origin.keys().subList(0, 1));
        texts(out, all ? origin.blind() : List.of());
    }

    static Origin origin(HeadReader in) {
        return new Origin(in.text(), texts(in), texts(in));
    }

    static void encode(HeadWriter out, Trail trail) {
        encode(out, trail.origin());
        Place first = trail.first();
        out.flag(trail.rekeyed()).flag(first != null);
        if (first != null) {
            encode(out, first, "");
        }
        out.number(trail.deaths().size());
        for (Death death : trail.deaths()) {
            encode(out, death.place(), death.error());
            out.number(death.count()).number(death.firstMs()).signed(death.timeToLiveMs());
            texts(out, death.keys());
        }
        Replay replay = trail.replay();
        if (replay != null) {
            out.number(replay.count()).number(replay.lastMs()).text(replay.by());
            out.number(replay.deathsSince());
        }
    }

    static Trail trail(HeadReader in) {
        Origin origin = origin(in);
        boolean rekeyed = in.flag();
        Place first = in.flag() ? at(in).place : null;
        int count = in.integer();
        List<Death> deaths = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            At at = at(in);
            long times = in.number();
            long firstMs = in.number();
            long timeToLiveMs = in.signed();
            deaths.add(new Death(at.place, times, firstMs, texts(in), timeToLiveMs, at.error));
        }
        return new Trail(origin, rekeyed, first, deaths, in.atEnd() ? null : replay(in));
    }

    /// Stands at the end, of messages that were sent on.
    private static Replay replay(HeadReader in) {
        return new Replay(in.number(), in.number(), in.text(), in.integer());
    }

    /// A place and what was said there.
    private record At(Place place, String error) {}

    private static void encode(HeadWriter out, Place place, String error) {
        out.text(place.queue());
        out.octet(Cause.ALL.indexOf(place.cause()) | (error.isEmpty() ? 0 : WITH_ERROR));
        out.text(place.exchange());
        if (!error.isEmpty()) {
            out.text(error);
        }
    }

    private static At at(HeadReader in) {
        String queue = in.text();
        int cause = in.octet();
        Place place = new Place(queue, Cause.ALL.get(cause & ~WITH_ERROR), in.text());
        return new At(place, (cause & WITH_ERROR) == 0 ? "" : in.text());
    }

    private static void texts(HeadWriter out, List<String> texts) {
        out.number(texts.size());
        texts.forEach(out::text);
    }

    private static List<String> texts(HeadReader in) {
        int count = in.integer();
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            texts.add(in.text());
        }
        return texts;
    }
}
