package io.polylog.interop.between;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Fields that a protocol has no place of its own for stand among its headers.
final class Fields {
    private static final Set<String> NAMES = Letter.full().fields().keySet();

    private Fields() {}

    /// Takes the fields out of the headers.
    static Map<String, String> takenFrom(Map<String, String> headers) {
        Map<String, String> fields = new TreeMap<>();
        for (String name : NAMES) {
            String value = headers.remove(name);
            if (value != null) {
                fields.put(name, value);
            }
        }
        return fields;
    }

    /// Puts a field where there is one.
    static void put(Map<String, String> fields, String name, Object value) {
        if (value != null) {
            fields.put(name, value.toString());
        }
    }
}
