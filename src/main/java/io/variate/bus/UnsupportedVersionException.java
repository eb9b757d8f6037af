package io.variate.bus;

/** A message of a version above the one that this node understands. */
public final class UnsupportedVersionException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnsupportedVersionException(int version) {
        super("message version " + version + " is not supported; this node understands up to "
                + EvaluationRequest.VERSION);
    }
}
