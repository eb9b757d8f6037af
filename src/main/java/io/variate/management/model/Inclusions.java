package io.variate.management.model;

import java.util.List;

/**
 * Who gets a variant whatever the other rules decide. Immutable.
 *
 * @param users ids of users and devices, mixed
 * @param cohorts ids of cohorts
 */
public record Inclusions(List<String> users, List<String> cohorts) {
    public static final Inclusions NONE = new Inclusions(List.of(), List.of());

    public Inclusions {
        users = List.copyOf(users);
        cohorts = List.copyOf(cohorts);
    }

    public boolean isEmpty() {
        return users.isEmpty() && cohorts.isEmpty();
    }
}
