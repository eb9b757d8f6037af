package io.variate.assignments.delivery;

import org.jspecify.annotations.Nullable;

/** The health of event delivery: written by the analytics verticle, read by health checks on other threads. */
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

    /** The status of a node without Kafka. */
    public static DeliveryStatus none() {
        return new DeliveryStatus("none", "kafka.bootstrap-servers is not set: events stay on disk");
    }

    /** {@code up}, {@code down}, {@code unknown} before the first delivery, or {@code none} without Kafka. */
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
