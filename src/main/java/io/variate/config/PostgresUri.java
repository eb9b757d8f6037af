package io.variate.config;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A connection URI as libpq defines it (PostgreSQL manual, 34.1.1.2), in a supported subset:
 * {@code postgresql://user:password@host1:port1,host2:port2/database?parameter=value}.
 *
 * <p>Immutable. The password prints as {@code ***}.
 *
 * @param hosts tried in this order; at least one
 * @param sslMode one of libpq's modes, in lower case
 * @param target which of the hosts may be used
 * @param applicationName the name of the connections in the server's views, or null for the default
 */
public record PostgresUri(
        List<Host> hosts,
        String user,
        @Nullable Secret password,
        String database,
        String sslMode,
        Target target,
        @Nullable String applicationName) {

    private static final Pattern SCHEME = Pattern.compile("postgres(ql)?://");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]+");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9]+)?");
    private static final Pattern PARAMETER = Pattern.compile("[a-z_]{1,30}");
    private static final String DEFAULT_PORT = "5432";
    private static final int MAX_PORT = 65_535;
    private static final Set<String> SSL_MODES =
            Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

    /** Unsupported parameters of libpq, and what to do instead. */
    private static final Map<String, String> ALTERNATIVES = Map.of(
            "connect_timeout", "set postgres.connect-timeout",
            "sslrootcert", "set postgres.root-certificate",
            "hostaddr", "use the address as the host",
            "service", "write out the connection",
            "passfile", "put the password into the URI",
            "options", "set it for the role in the database",
            "sslcert", "use a password",
            "sslkey", "use a password",
            "pgbouncer", "omit it: poolers need no parameter",
            "load_balance_hosts", "omit it: hosts are tried in order");

    public PostgresUri {
        hosts = List.copyOf(hosts);
    }

    /**
     * A server.
     *
     * @param name host name or address, without brackets
     */
    public record Host(String name, int port) {}

    /** Which host is chosen: {@code target_session_attrs}. */
    public enum Target {
        /** The first that accepts a connection. */
        ANY,
        /** The first that accepts writes. */
        READ_WRITE,
        /** The first that is not a standby. */
        PRIMARY
    }

    /** Whether the server's certificate is verified. */
    public boolean verifies() {
        return sslMode.startsWith("verify");
    }

    /**
     * Parses a URI.
     *
     * @throws IllegalArgumentException if the URI is invalid; the message states what is allowed, and never quotes a part of the
     *     URI that could belong to the password, however the URI was mistyped
     */
    public static PostgresUri parse(Secret uri) {
        return new Parser(uri.value()).parse();
    }

    private static final class Parser {
        private final String rest;

        /** Query parameters; they override the other parts of the URI, as in libpq. */
        private final Map<String, String> parameters = new LinkedHashMap<>();

        Parser(String uri) {
            var scheme = SCHEME.matcher(uri);
            if (!scheme.lookingAt()) {
                throw problem(
                        uri.startsWith("jdbc:")
                                ? "must start with postgresql:// or postgres://, without jdbc:"
                                : "must start with postgresql:// or postgres://");
            }
            rest = uri.substring(scheme.end());
        }

        PostgresUri parse() {
            int end = indexOfAny(rest, "/?");
            String authority = rest.substring(0, end);
            int query = rest.indexOf('?', end);
            String path = query < 0 ? rest.substring(end) : rest.substring(end, query);
            // The last one: a password may contain unencoded ones, a host cannot.
            int at = authority.lastIndexOf('@');
            if (at < 0 && rest.indexOf('@', end) >= 0) {
                throw problem("has '/' or '?' in the user or password: percent-encode them as %2F and %3F");
            }
            readParameters(query < 0 ? "" : rest.substring(query + 1));
            String userInfo = at < 0 ? "" : authority.substring(0, at);
            int colon = userInfo.indexOf(':');
            String user = parameter("user", decode("the user", colon < 0 ? userInfo : userInfo.substring(0, colon)));
            String password =
                    parameter("password", colon < 0 ? "" : decode("the password", userInfo.substring(colon + 1)));
            String database = parameter("dbname", path.isEmpty() ? "" : decode("the database name", path.substring(1)));
            List<Host> hosts = hosts(authority.substring(at + 1));
            if (user.isEmpty()) {
                throw problem("must name a user, as in postgresql://user:password@host:port/database");
            }
            if (database.isEmpty()) {
                throw problem("must name a database, as in postgresql://user:password@host:port/database");
            }
            return new PostgresUri(
                    hosts,
                    user,
                    password.isEmpty() ? null : new Secret(password),
                    database,
                    sslMode(),
                    target(),
                    parameters.get("application_name"));
        }

        private String parameter(String name, String fallback) {
            return parameters.getOrDefault(name, fallback);
        }

        private void readParameters(String query) {
            if (query.isEmpty()) {
                return;
            }
            for (String pair : query.split("&", -1)) {
                int equals = pair.indexOf('=');
                String name = equals < 0 ? "" : pair.substring(0, equals);
                if (!PARAMETER.matcher(name).matches()) {
                    throw problem("has a parameter that is not name=value; parameters are separated by '&'");
                }
                parameters.put(name, decode("parameter " + (parameters.size() + 1), pair.substring(equals + 1)));
            }
            parameters.keySet().forEach(this::requireSupported);
        }

        private void requireSupported(String name) {
            String advice = ALTERNATIVES.get(name);
            if (advice != null) {
                throw problem("parameter " + name + " is not supported: " + advice);
            }
            if (!Set.of(
                            "host",
                            "port",
                            "user",
                            "password",
                            "dbname",
                            "sslmode",
                            "application_name",
                            "target_session_attrs",
                            "channel_binding")
                    .contains(name)) {
                throw problem("has an unsupported parameter: only sslmode, target_session_attrs,"
                        + " application_name, host, port, user, password and dbname are supported");
            }
            String value = parameters.get(name);
            if (name.equals("channel_binding") && !Set.of("disable", "prefer").contains(value)) {
                throw problem("parameter channel_binding must be disable or prefer");
            }
        }

        private List<Host> hosts(String authority) {
            List<String> names = new ArrayList<>();
            List<String> ports = new ArrayList<>();
            if (!authority.isEmpty()) {
                for (String each : authority.split(",", -1)) {
                    int colon = colonOfPort(each);
                    names.add(colon < 0 ? each : each.substring(0, colon));
                    ports.add(colon < 0 ? "" : each.substring(colon + 1));
                }
            }
            String parameterHosts = parameters.get("host");
            if (parameterHosts != null) {
                names = List.of(parameterHosts.split(",", -1));
                ports = List.of("");
            }
            String parameterPorts = parameters.get("port");
            if (parameterPorts != null) {
                ports = List.of(parameterPorts.split(",", -1));
            }
            if (names.isEmpty()) {
                throw problem("must name a host; Unix sockets are not supported");
            }
            if (ports.size() != 1 && ports.size() != names.size()) {
                throw problem("must name one port, or one port per host");
            }
            List<Host> hosts = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                String where = names.size() == 1 ? "the host" : "host " + (i + 1);
                hosts.add(new Host(name(where, names.get(i)), port(where, ports.get(ports.size() == 1 ? 0 : i))));
            }
            return hosts;
        }

        /** The position of the colon before the port; -1 without a port, as in an IPv6 address without brackets. */
        private static int colonOfPort(String host) {
            int colon = host.indexOf(':', host.startsWith("[") ? host.indexOf(']') + 1 : 0);
            return colon == host.lastIndexOf(':') ? colon : -1;
        }

        private static String name(String where, String encoded) {
            String text = decode(where, encoded);
            if (text.startsWith("/") || text.startsWith("@")) {
                throw problem(where + " is a Unix socket, which is not supported: use a host name or address");
            }
            boolean bracketed = text.startsWith("[") && text.endsWith("]");
            String name = bracketed ? text.substring(1, text.length() - 1) : text;
            if (name.isEmpty()) {
                throw problem(where + " has no name; Unix sockets are not supported");
            }
            if (!(bracketed ? IPV6 : NAME).matcher(name).matches()) {
                throw problem(where + " must be a host name, an IPv4 address, or an IPv6 address in brackets;"
                        + " percent-encode '@', '/', ':' and '?' in user and password");
            }
            return name;
        }

        private static int port(String where, String text) {
            try {
                int port = Integer.parseInt(text.isEmpty() ? DEFAULT_PORT : text);
                if (port >= 1 && port <= MAX_PORT) {
                    return port;
                }
            } catch (NumberFormatException e) {
                // Reported below, without the text: it may be part of a password.
            }
            throw problem("the port of " + where + " must be an integer from 1 to " + MAX_PORT
                    + "; percent-encode '@', '/', ':' and '?' in user and password");
        }

        private String sslMode() {
            String mode = parameter("sslmode", "disable");
            if (!SSL_MODES.contains(mode)) {
                throw problem(
                        "parameter sslmode must be one of disable, allow, prefer, require, verify-ca, verify-full");
            }
            return mode;
        }

        private Target target() {
            return switch (parameter("target_session_attrs", "any")) {
                case "any" -> Target.ANY;
                case "read-write" -> Target.READ_WRITE;
                case "primary" -> Target.PRIMARY;
                default ->
                    throw problem("parameter target_session_attrs must be any, read-write or primary:"
                            + " the leader also writes");
            };
        }

        /** Unlike {@link java.net.URLDecoder}, does not decode a plus sign as a space. */
        private static String decode(String where, String text) {
            if (text.indexOf('%') < 0) {
                return text;
            }
            byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
            ByteBuffer decoded = ByteBuffer.allocate(encoded.length);
            for (int i = 0; i < encoded.length; i++) {
                if (encoded[i] != '%') {
                    decoded.put(encoded[i]);
                    continue;
                }
                int high = i + 2 <= encoded.length - 1 ? Character.digit(encoded[i + 1], 16) : -1;
                int low = i + 2 <= encoded.length - 1 ? Character.digit(encoded[i + 2], 16) : -1;
                if (high < 0 || low < 0 || high + low == 0) {
                    throw problem(where + " has a '%' without two hexadecimal digits, other than 00, after it;"
                            + " encode a percent sign as %25");
                }
                decoded.put((byte) (high * 16 + low));
                i += 2;
            }
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(decoded.flip())
                        .toString();
            } catch (CharacterCodingException e) {
                throw problem(where + " is not valid UTF-8 after percent-decoding");
            }
        }

        private static int indexOfAny(String text, String characters) {
            for (int i = 0; i < text.length(); i++) {
                if (characters.indexOf(text.charAt(i)) >= 0) {
                    return i;
                }
            }
            return text.length();
        }

        private static IllegalArgumentException problem(String message) {
            return new IllegalArgumentException(message);
        }
    }
}
