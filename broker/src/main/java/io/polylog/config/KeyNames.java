package io.polylog.config;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The keys there are, the keys there were, and what somebody may have meant.
final class KeyNames {
    private final Map<String, Setting<?>> settings = new LinkedHashMap<>();
    private final Map<String, String> retired = new LinkedHashMap<>();

    KeyNames(List<Setting<?>> settings, List<Retired> retired) {
        settings.forEach(setting -> this.settings.put(setting.key(), setting));
        retired.forEach(old -> this.retired.put(old.key(), old.instead()));
    }

    boolean has(String key) {
        Setting<?> setting = settings.get(key);
        if (setting == null) {
            return isEntry(key);
        }
        // Of permissions `*` is an entry of its own: everybody.
        return !setting.isOpen() || setting.equals(AuthSection.PERMISSIONS);
    }

    private boolean isEntry(String key) {
        return settings.values().stream()
                .anyMatch(setting ->
                        setting.isOpen()
                                && key.startsWith(setting.prefix())
                                && key.length() > setting.prefix().length());
    }

    /// Whether keys begin with this name, as `listen.ports` does.
    boolean isTable(String name) {
        String prefix = name + ".";
        return settings.keySet().stream().anyMatch(key -> key.startsWith(prefix))
                || retired.keySet().stream().anyMatch(key -> key.startsWith(prefix));
    }

    /// Why a key that is none is refused.
    String refusal(String key) {
        String instead = retired.get(key);
        if (instead != null) {
            return key + " is no longer a setting: " + instead;
        }
        return "unknown key " + key + nearest(key).map(k -> "; did you mean " + k + "?").orElse("");
    }

    Optional<Setting<?>> byVariable(String variable) {
        return settings.values().stream()
                .filter(setting -> !setting.isOpen() && setting.variable().equals(variable))
                .findFirst();
    }

    private Optional<String> nearest(String key) {
        int tolerated = Math.max(3, key.length() / 3);
        return settings.keySet().stream()
                .filter(candidate -> distance(key, candidate) <= tolerated)
                .min(Comparator.comparingInt(candidate -> distance(key, candidate)));
    }

    /// Letters to add, drop or change to make one of the other.
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(change, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
