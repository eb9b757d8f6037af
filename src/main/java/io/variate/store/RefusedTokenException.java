package io.variate.store;

/** The database holds a token of this name, or too many tokens. Nothing was written. */
public final class RefusedTokenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean nameTaken;

    RefusedTokenException(boolean nameTaken) {
        super(
                nameTaken
                        ? "another token has this name"
                        : "there are " + TokenStore.MAX_TOKENS + " tokens; revoke some",
                null,
                false,
                false);
        this.nameTaken = nameTaken;
    }

    /** Whether another token has the name. */
    public boolean isNameTaken() {
        return nameTaken;
    }
}
