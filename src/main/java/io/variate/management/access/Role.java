package io.variate.management.access;

import java.util.Locale;

/** The role of a token: each role has the rights of the roles before it. */
public enum Role {
    VIEWER(Right.READ),
    EDITOR(Right.WRITE),
    ADMIN(Right.ADMINISTER);

    private final Right highest;

    Role(Right highest) {
        this.highest = highest;
    }

    /** Whether the role has the right. */
    public boolean includes(Right right) {
        return right.compareTo(highest) <= 0;
    }

    /** The role with a text that the database has checked. */
    static Role of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    /** The name in JSON and in the database. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
