package io.variate.ofrep;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The address of a deployment's stream, for providers.
 *
 * <p>Providers resolve a path against the origin of their requests, so a server behind a path prefix must name its public
 * address. Source: {@code endpoint} of {@code eventStreams} in version 0.3 of the protocol.
 */
final class StreamAddresses {
    private final @Nullable String origin;
    private final String prefix;

    /** @param publicUrl the address of this server for clients, or null if it has no path prefix */
    StreamAddresses(@Nullable URI publicUrl) {
        this.origin = publicUrl == null ? null : publicUrl.getScheme() + "://" + publicUrl.getRawAuthority();
        this.prefix = publicUrl == null ? "" : publicUrl.getRawPath().replaceFirst("/$", "");
    }

    /** The address of the stream, for a provider that has the answers of a revision. */
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
