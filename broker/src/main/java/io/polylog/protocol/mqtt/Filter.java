package io.polylog.protocol.mqtt;

/// One subscription of a client.
///
/// @param filter what it asked for, `$share/GROUP/` included
/// @param qos most it wants
/// @param noLocal not what it published itself
/// @param retainAsPublished whether RETAIN stays as it was
/// @param retainHandling 0 to 2, what to send of what is retained
/// @param identifier 0 for none
record Filter(
        String filter,
        int qos,
        boolean noLocal,
        boolean retainAsPublished,
        int retainHandling,
        int identifier) {
    static final String SHARED = "$share/";
    static final String SYSTEM = "$SYS/";

    /// @param options as SUBSCRIBE has them
    static Filter of(String filter, int options, int identifier) {
        return new Filter(
                filter,
                options & 3,
                (options & 4) != 0,
                (options & 8) != 0,
                options >> 4 & 3,
                identifier);
    }

    /// As SUBSCRIBE has them.
    int options() {
        return qos | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | retainHandling << 4;
    }

    /// Whether several clients take part in it.
    boolean isShared() {
        return filter.startsWith(SHARED);
    }

    /// Whether it is for what the broker says of itself.
    boolean isSystem() {
        return filter.startsWith(SYSTEM);
    }

    /// What topics have to match.
    String topics() {
        return isShared() ? filter.substring(filter.indexOf('/', SHARED.length()) + 1) : filter;
    }

    boolean isSound() {
        if (!isShared()) {
            return TopicNames.isFilter(filter);
        }
        int end = filter.indexOf('/', SHARED.length());
        if (end <= SHARED.length()) {
            return false;
        }
        String group = filter.substring(SHARED.length(), end);
        return group.indexOf('+') < 0
                && group.indexOf('#') < 0
                && TopicNames.isFilter(filter.substring(end + 1));
    }

    String pattern() {
        return TopicNames.pattern(topics());
    }

    boolean matches(String topic) {
        return TopicNames.matches(topics(), topic);
    }
}
