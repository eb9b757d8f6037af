package io.variate.management.model;

/**
 * What decides the place of a user in a rollout. A change of any part assigns all users again.
 *
 * @param key a built-in property such as {@code user_id}, {@code gp:} and the name of a custom one, or {@code group_name}
 * @param salt hashed with the value; two flags with equal salts and keys select the same users
 * @param unit {@value #USER}, or the type of groups that are assigned together
 */
public record Bucketing(String key, String salt, String unit) {
    /** The unit of flags that assign users. */
    public static final String USER = "User";

    /** The key that Amplitude's API uses by default: its own id of a user, which no other server has. */
    public static final String AMPLITUDE_ID = "amplitude_id";

    /** Whether users, not groups, are assigned. */
    public boolean isByUser() {
        return unit.equals(USER);
    }

    /** The same unit and salt with another key. */
    public Bucketing withKey(String changed) {
        return new Bucketing(changed, salt, unit);
    }
}
