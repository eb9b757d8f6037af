package io.variate.rulesets.document;

/** A change refers to a project or a flag that does not exist; nothing was written. */
public final class UnknownElementException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param message names the element */
    UnknownElementException(String message) {
        super(message, null, false, false);
    }

    static UnknownElementException project(String key) {
        return new UnknownElementException(ProjectKeys.name(key) + " does not exist");
    }

    static UnknownElementException flag(String project, String key) {
        return new UnknownElementException(ProjectKeys.name(project) + " has no flag with the key '" + key + "'");
    }
}
