package io.variate.assignments.delivery;

import org.jspecify.annotations.Nullable;

/** The health of a delivery of events: written by the verticle that delivers, read by health checks on other threads. */
public final class DeliveryStatus {
    private volatile String state;
    private volatile @Nullable String reason;

    private DeliveryStatus(String state, @Nullable String reason) {
        this.state = state;
        this.reason = reason;
    }

    /** The status before the first delivery. */
    public static DeliveryStatus unknown() {
        return new DeliveryStatus("unknown", null);
    }

    /** The status of a node without a destination. */
    public static DeliveryStatus none() {
        return new DeliveryStatus(
                "none", "neither kafka.bootstrap-servers nor amplitude.events is set: events stay on disk");
    }

    /** The status of a node without a forwarder. */
    public static DeliveryStatus notForwarding() {
        return new DeliveryStatus("none", null);
    }

    /** {@code up}, {@code down}, {@code unknown} before the first delivery, or {@code none} without a destination. */
    public String state() {
        return state;
    }

    /** The reason unless events are delivered; null without one. */
    public @Nullable String reason() {
        return reason;
    }

    boolean isUp() {
        return state.equals("up");
    }

    boolean isDown() {
        return state.equals("down");
    }

    void up() {
        state = "up";
        reason = null;
    }

    void down(String why) {
        state = "down";
        reason = why;
    }
}
