package io.polylog.admin;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/// Pages that the tools of one protocol ask for, each by its name below the root. Any thread.
public interface Pages {
    /// `varz` is asked for as `/varz`.
    Set<String> names();

    /// Makes a page.
    ///
    /// @param name one of [#names]
    /// @param query its parameters, the first of each name
    /// @return what is written as JSON
    /// @throws IllegalArgumentException where a parameter is wrong
    CompletionStage<? extends Object> page(String name, Map<String, String> query);
}
