package io.variate.config;

import java.util.List;

/** Invalid settings, with every problem found, not only the first. */
public final class InvalidSettingsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final List<String> problems;

    InvalidSettingsException(List<String> problems) {
        super(problems.size() + (problems.size() == 1 ? " problem" : " problems") + " in the settings:\n  - "
                + String.join("\n  - ", problems));
        this.problems = List.copyOf(problems);
    }

    /** One sentence per problem; each names its setting as in the file or the environment. */
    public List<String> problems() {
        return problems;
    }
}
