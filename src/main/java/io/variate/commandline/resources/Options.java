package io.variate.commandline.resources;

import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Options of a command, each with one value. */
record Options(String command, Map<String, String> values) {

    /**
     * Reads options.
     *
     * @throws InvalidOptionsException if an option is unknown, repeated or has no value
     */
    static Options read(String command, List<String> arguments, Set<String> known) {
        Map<String, String> values = new HashMap<>();
        Iterator<String> rest = arguments.iterator();
        while (rest.hasNext()) {
            String option = rest.next();
            if (!known.contains(option)) {
                throw new InvalidOptionsException("unknown argument '" + option + "' of " + command);
            }
            if (!rest.hasNext() || values.put(option, rest.next()) != null) {
                throw new InvalidOptionsException(option + " requires one value");
            }
        }
        return new Options(command, values);
    }

    @Nullable
    String optional(String option) {
        return values.get(option);
    }

    String required(String option) {
        String value = values.get(option);
        if (value == null) {
            throw new InvalidOptionsException(command + " requires " + option);
        }
        return value;
    }
}
