package io.variate.upstream;

import io.variate.config.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The value of an {@code Authorization} header. It prints as {@code ***}.
 *
 * @param header the value itself; never log it
 */
public record Credentials(String header) {

    /** The key of a deployment, for flags and flag streams. */
    public static Credentials ofDeployment(String key) {
        return new Credentials("Api-Key " + key);
    }

    /** A management API key, for the list of deployments. */
    public static Credentials ofManagement(Secret key) {
        return new Credentials("Bearer " + key.value());
    }

    /** The API key and the secret key of a project, for cohorts. */
    public static Credentials ofProject(Secret apiKey, Secret secretKey) {
        byte[] pair = (apiKey.value() + ":" + secretKey.value()).getBytes(StandardCharsets.UTF_8);
        return new Credentials("Basic " + Base64.getEncoder().encodeToString(pair));
    }

    @Override
    public String toString() {
        return "***";
    }
}
