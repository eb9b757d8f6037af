package io.variate.commandline.resources;

import io.variate.json.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes JSON with one line for each value, so that a changed value is one changed line. */
final class IndentedJson {
    private static final String INDENT = "  ";

    private final StringBuilder out = new StringBuilder();

    private IndentedJson() {}

    static String write(@Nullable Object tree) {
        IndentedJson writer = new IndentedJson();
        writer.write(tree, "\n");
        return writer.out.append('\n').toString();
    }

    private void write(@Nullable Object tree, String line) {
        if (tree instanceof Map<?, ?> members && !members.isEmpty()) {
            char separator = '{';
            for (Map.Entry<?, ?> member : members.entrySet()) {
                out.append(separator).append(line).append(INDENT);
                out.append(Json.write(String.valueOf(member.getKey()))).append(": ");
                write(member.getValue(), line + INDENT);
                separator = ',';
            }
            out.append(line).append('}');
        } else if (tree instanceof List<?> elements && !elements.isEmpty()) {
            char separator = '[';
            for (Object element : elements) {
                out.append(separator).append(line).append(INDENT);
                write(element, line + INDENT);
                separator = ',';
            }
            out.append(line).append(']');
        } else {
            out.append(Json.write(tree));
        }
    }
}
