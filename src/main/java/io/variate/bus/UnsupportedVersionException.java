package io.variate.bus;

/** A message has a higher version than this node supports. */
public final class UnsupportedVersionException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnsupportedVersionException(int version) {
        super("message version " + version + " is not supported; the highest supported version is "
                + EvaluationRequest.VERSION);
    }
}
