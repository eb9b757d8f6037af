package io.variate.ofrep;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where providers find the stream of a deployment.
 *
 * <p>Providers resolve a path against the origin that they ask, so a server behind a path prefix must name its public
 * address. Source: {@code endpoint} of {@code eventStreams} in version 0.3 of the protocol.
 */
final class StreamAddresses {
    private final @Nullable String origin;
    private final String prefix;

    /** @param publicUrl the address that clients know this server by, or null if that has no path */
    StreamAddresses(@Nullable URI publicUrl) {
        this.origin = publicUrl == null ? null : publicUrl.getScheme() + "://" + publicUrl.getRawAuthority();
        this.prefix = publicUrl == null ? "" : publicUrl.getRawPath().replaceFirst("/$", "");
    }

    /** The stream of a deployment, for a provider that has the answers of a revision. */
    Map<String, Object> endpoint(String deploymentKey, long revision) {
        Map<String, Object> endpoint = new LinkedHashMap<>();
        if (origin != null) {
            endpoint.put("origin", origin);
        }
        endpoint.put(
                "requestUri",
                prefix + ChangeStreams.PATH + "?channel=" + Channels.of(deploymentKey) + "&since=" + revision);
        return endpoint;
    }
}
