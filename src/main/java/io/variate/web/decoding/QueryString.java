package io.variate.web.decoding;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Parses query strings strictly, in the same way for all routes: malformed escapes or UTF-8 are errors, and only {@code &}
 * separates parameters.
 */
public final class QueryString {
    private QueryString() {}

    /**
     * Calls back for each parameter in order. Takes time linear in the length.
     *
     * @throws UnacceptableRequestException naming the parameter that cannot be decoded
     */
    public static void forEach(String query, BiConsumer<String, String> parameter) {
        int start = 0;
        while (start < query.length()) {
            int equals = -1;
            int end = start;
            for (; end < query.length() && query.charAt(end) != '&'; end++) {
                if (equals < 0 && query.charAt(end) == '=') {
                    equals = end;
                }
            }
            if (end > start) {
                String name = Escapes.decode(query, start, equals < 0 ? end : equals, true, "query");
                parameter.accept(name, equals < 0 ? "" : Escapes.decode(query, equals + 1, end, true, name));
            }
            start = end + 1;
        }
    }

    /**
     * All values of a parameter, in order.
     *
     * @param query null if the URL has none
     * @throws UnacceptableRequestException naming the parameter that cannot be decoded
     */
    public static List<String> values(@Nullable String query, String name) {
        List<String> values = new ArrayList<>();
        if (query != null) {
            forEach(query, (parameter, value) -> {
                if (parameter.equals(name)) {
                    values.add(value);
                }
            });
        }
        return values;
    }

    /** The first value of a parameter; null if the query does not contain it. Otherwise like {@link #values}. */
    public static @Nullable String first(@Nullable String query, String name) {
        List<String> values = values(query, name);
        return values.isEmpty() ? null : values.get(0);
    }
}
