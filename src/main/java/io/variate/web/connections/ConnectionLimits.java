package io.variate.web.connections;

import java.time.Duration;

/**
 * What the connections of one port may do.
 *
 * @param connections open at a time; for one more the least useful is closed
 * @param streams of HTTP/2 on one connection at a time, whether or not its client has acknowledged that
 * @param headTimeout from the first byte of a request's head to its last
 * @param transferGrace how long a body or an answer may move slowly
 * @param transferRate bytes a second, on average, at which a body must come and an answer be taken after that
 */
public record ConnectionLimits(
        int connections, int streams, Duration headTimeout, Duration transferGrace, int transferRate) {}
