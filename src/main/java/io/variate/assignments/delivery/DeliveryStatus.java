package io.variate.assignments.delivery;

import org.jspecify.annotations.Nullable;

/** How the delivery of events does: written by the analytics verticle, read by health answers on other threads. */
public final class DeliveryStatus {
    private volatile String state;
    private volatile @Nullable String reason;

    private DeliveryStatus(String state, @Nullable String reason) {
        this.state = state;
        this.reason = reason;
    }

    /** Before the first delivery. */
    public static DeliveryStatus unknown() {
        return new DeliveryStatus("unknown", null);
    }

    /** For a node that has no Kafka to deliver to. */
    public static DeliveryStatus none() {
        return new DeliveryStatus("none", "kafka.bootstrap-servers is not set: events stay on the disk");
    }

    /** {@code up}, {@code down}, {@code unknown} before the first delivery, or {@code none} without Kafka. */
    public String state() {
        return state;
    }

    /** What is wrong, if something is. */
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
