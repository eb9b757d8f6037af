package io.variate.json;

/** Preserves lone surrogates, which JSON can escape but UTF-8 cannot encode. */
public final class LoneSurrogates {
    private LoneSurrogates() {}

    /** Returns the JSON text with every lone surrogate escaped; they can occur only inside strings. */
    public static String escape(String json) {
        StringBuilder escaped = null;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            boolean paired = Character.isHighSurrogate(c)
                    && i + 1 < json.length()
                    && Character.isLowSurrogate(json.charAt(i + 1));
            if (Character.isSurrogate(c) && !paired) {
                escaped = escaped == null ? new StringBuilder(json.length() + 16).append(json, 0, i) : escaped;
                escaped.append("\\u").append(Integer.toHexString(c));
            } else if (paired) {
                if (escaped != null) {
                    escaped.append(c).append(json.charAt(i + 1));
                }
                i++;
            } else if (escaped != null) {
                escaped.append(c);
            }
        }
        return escaped == null ? json : escaped.toString();
    }
}
