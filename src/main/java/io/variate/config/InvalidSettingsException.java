package io.variate.config;

import java.util.List;

/** Settings that cannot be used: carries every problem found, not only the first. */
public final class InvalidSettingsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final List<String> problems;

    InvalidSettingsException(List<String> problems) {
        super(problems.size() + (problems.size() == 1 ? " problem" : " problems") + " in the settings:\n  - "
                + String.join("\n  - ", problems));
        this.problems = List.copyOf(problems);
    }

    /** One sentence for each problem, naming the setting as the operator wrote it. */
    public List<String> problems() {
        return problems;
    }
}
