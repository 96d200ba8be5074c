package io.polylog.protocol.nats.jetstream.streams;

/// Whether there is a subject that two patterns fit. Stateless; any thread.
public final class Overlap {
    private Overlap() {}

    public static boolean of(String one, String other) {
        String[] first = one.split("\\.", -1);
        String[] second = other.split("\\.", -1);
        for (int i = 0; i < Math.min(first.length, second.length); i++) {
            if (first[i].equals(">") || second[i].equals(">")) {
                return true;
            }
            boolean fits =
                    first[i].equals("*") || second[i].equals("*") || first[i].equals(second[i]);
            if (!fits) {
                return false;
            }
        }
        return first.length == second.length;
    }
}
