package io.variate.simulation;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A sequence of lines, each a JSON tree, computed step by step. Used by one thread at a time. */
public interface LineSource {
    /** Computes the next lines, on a worker thread; an empty list ends the sequence. */
    List<Map<String, @Nullable Object>> next();
}
