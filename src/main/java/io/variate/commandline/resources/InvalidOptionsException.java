package io.variate.commandline.resources;

/** Invalid arguments of a command; the message names them. */
public final class InvalidOptionsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    InvalidOptionsException(String message) {
        super(message, null, false, false);
    }
}
