package io.variate.management.access;

/** What a request of the management API authenticates with. None of these prints its secret. */
public sealed interface Credential {
    /** The admin token of the settings. */
    record AdminToken() implements Credential {}

    /** Nothing, on a node whose settings have no admin token. */
    record Local() implements Credential {}

    /** A token that the API has created, or that claims to be one. */
    record NamedToken(Token token) implements Credential {}

    /** A session of the console. */
    record Session(SessionId id) implements Credential {}
}
