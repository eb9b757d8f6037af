package io.variate.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The environment variables that Kubernetes (and Docker, for linked containers) adds for every service: for one that is named
 * {@code variate-admin}, {@code VARIATE_ADMIN_PORT=tcp://10.0.0.7:8081} and others. They look like settings, but their form
 * differs.
 *
 * <p>Source: the chapters "Service" (environment variables) of the documentation of Kubernetes, and "Legacy container links"
 * of that of Docker.
 */
final class ServiceVariables {
    private static final Pattern ADDRESS = Pattern.compile("(?:tcp|udp|sctp)://.+");
    private static final Pattern OF_PORT = Pattern.compile(".+_PORT(?:_\\d+_(?:TCP|UDP|SCTP))?");
    private static final Pattern PART_OF_PORT = Pattern.compile(".+_PORT_\\d+_(?:TCP|UDP|SCTP)_(?:PROTO|PORT|ADDR)");
    private static final Pattern OF_SERVICE = Pattern.compile(".+_SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)");

    private ServiceVariables() {}

    /** The variables of an environment without these. */
    static Map<String, String> removedFrom(Map<String, String> environment) {
        Map<String, String> rest = new LinkedHashMap<>(environment);
        rest.entrySet().removeIf(entry -> isOfService(entry.getKey(), entry.getValue()));
        return rest;
    }

    private static boolean isOfService(String name, String value) {
        return (OF_PORT.matcher(name).matches() && ADDRESS.matcher(value).matches())
                || PART_OF_PORT.matcher(name).matches()
                || OF_SERVICE.matcher(name).matches();
    }
}
