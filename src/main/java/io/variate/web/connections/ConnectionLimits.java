package io.variate.web.connections;

import java.time.Duration;

/**
 * Limits of the connections of one port.
 *
 * @param connections most open connections; one more evicts the least useful one
 * @param streams most concurrent HTTP/2 streams of a connection, even if its client has not acknowledged the setting
 * @param headTimeout from the first byte of a request head to its last
 * @param transferGrace how long a body or a response may be slower than the rate
 * @param transferRate minimum average bytes per second of a body or a response after the grace period
 */
public record ConnectionLimits(
        int connections, int streams, Duration headTimeout, Duration transferGrace, int transferRate) {}
