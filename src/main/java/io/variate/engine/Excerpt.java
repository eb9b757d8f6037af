package io.variate.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a JSON tree. Explanations repeat values of the user for every condition, so large ones would make them grow
 * with the product of both.
 */
public final class Excerpt {
    private static final int MOST_CHARACTERS = 1_000;
    private static final String REST = "…";

    private int left = MOST_CHARACTERS;

    private Excerpt() {}

    /** The value itself, unless it has more than about 1,000 characters; an ellipsis then stands for what is left out. */
    public static @Nullable Object of(@Nullable Object value) {
        return new Excerpt().take(value);
    }

    private @Nullable Object take(@Nullable Object value) {
        if (value instanceof CharSequence text) {
            return take(text.toString());
        }
        left--;
        if (value instanceof Map<?, ?> map) {
            return take(map);
        }
        return value instanceof Iterable<?> list ? take(list) : value;
    }

    private String take(String text) {
        if (text.length() <= left) {
            left -= text.length() + 1;
            return text;
        }
        int end = Math.max(0, left);
        left = 0;
        boolean isPair = end > 0 && Character.isHighSurrogate(text.charAt(end - 1));
        return text.substring(0, isPair ? end - 1 : end) + REST;
    }

    private List<@Nullable Object> take(Iterable<?> list) {
        List<@Nullable Object> taken = new ArrayList<>();
        for (Object element : list) {
            if (left <= 0) {
                taken.add(REST);
                break;
            }
            taken.add(take(element));
        }
        return taken;
    }

    private Map<String, @Nullable Object> take(Map<?, ?> map) {
        Map<String, @Nullable Object> taken = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (left <= 0) {
                taken.put(REST, REST);
                break;
            }
            taken.put(take(String.valueOf(entry.getKey())), take(entry.getValue()));
        }
        return taken;
    }
}
