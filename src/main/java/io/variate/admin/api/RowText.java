package io.variate.admin.api;

import io.variate.json.Json;
import io.variate.json.JsonException;
import org.jspecify.annotations.Nullable;

/** The text of a row of the ruleset, which is JSON unless it was written with SQL. */
final class RowText {
    private RowText() {}

    /** The JSON tree of a row; the text itself if it is not JSON, and null for no row. */
    static @Nullable Object tree(@Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            return Json.parseExact(text);
        } catch (JsonException e) {
            return text;
        }
    }
}
