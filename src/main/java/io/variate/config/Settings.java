package io.variate.config;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a node: one record for each section of {@code conf/variate.yaml}, which documents every setting and its
 * default. Each record reads itself from a {@link SettingsReader}.
 *
 * <p>Immutable. {@link SettingsLoader} loads them. Secrets print as {@code ***}.
 */
public record Settings(
        Http http,
        Limits limits,
        Streams streams,
        Project project,
        Events events,
        Cohorts cohorts,
        Admin admin,
        Metrics metrics,
        Node node,
        Evaluation evaluation,
        Postgres postgres,
        Rulesets rulesets,
        Upstream upstream,
        Assignments assignments,
        Kafka kafka,
        Amplitude amplitude,
        Cluster cluster,
        Log log) {

    static Settings read(SettingsReader in) {
        Http http = Http.read(in);
        Events events = Events.read(in);
        Upstream.Zone upstreamZone = Upstream.zone(in);
        Upstream upstream = Upstream.read(in, upstreamZone);
        return new Settings(
                http,
                Limits.read(in, events),
                Streams.read(in),
                Project.read(in, upstream),
                events,
                Cohorts.read(in),
                Admin.read(in),
                Metrics.read(in),
                Node.read(in),
                Evaluation.read(in),
                Postgres.read(in),
                Rulesets.read(in),
                upstream,
                Assignments.read(in),
                Kafka.read(in),
                Amplitude.read(in, upstreamZone, upstream),
                Cluster.read(in),
                Log.read(in));
    }

    /** Whether a source of rulesets is set. */
    static boolean hasSource(SettingsReader in) {
        return in.optionalText("postgres.uri") != null
                || in.optionalText("rulesets.file") != null
                || Upstream.read(in, Upstream.zone(in)).isSet();
    }

    /** Whether this node has the given role. */
    public boolean has(Role role) {
        return node.roles().contains(role);
    }

    /** Whether this node delivers events from Kafka to Amplitude. */
    public boolean forwardsFromKafka() {
        return has(Role.FORWARDER) && amplitude.events() && kafka.bootstrapServers() != null;
    }

    /** Whether events of clients that are neither assignments nor exposures have a destination. */
    public boolean acceptsOtherEvents() {
        return events.forwardTopic() != null || amplitude.events();
    }

    /**
     * The public API.
     *
     * @param instances number of HTTP verticles (event loops); 0 means one per processor
     * @param maxUrlLength longest request line, in bytes; a longer one is answered 414
     * @param maxHeaderSize largest header block, in bytes; a larger one is answered 431
     * @param maxInFlight evaluations in flight per instance; further requests are answered 503
     * @param maxBodySize largest request body except batches of events, in bytes; a larger one is answered 413
     * @param corsOrigins origins whose pages may read responses; {@code *} allows any
     * @param corsHeaders request headers that pages may send besides those of the API; {@code *} allows any
     * @param compressFrom smallest response that is compressed if the client accepts it, in bytes
     * @param idleTimeout how long an idle connection stays open
     * @param maxResets streams that a client may reset on one HTTP/2 connection within the window; one more closes it
     * @param resetWindow length of that window, in whole seconds
     * @param drainTimeout how long a stopping node waits for requests in flight
     * @param publicUrl the base URL under which clients know this server, without a trailing slash; null means the origin
     *     that they request
     * @param page whether the evaluation page is served
     * @param pageZones base URLs, with a trailing slash, of the other servers that the page offers, by zone
     */
    public record Http(
            String host,
            int port,
            int instances,
            int maxUrlLength,
            int maxHeaderSize,
            int maxInFlight,
            int maxBodySize,
            List<String> corsOrigins,
            List<String> corsHeaders,
            int compressFrom,
            Duration idleTimeout,
            int maxResets,
            Duration resetWindow,
            Duration drainTimeout,
            @Nullable URI publicUrl,
            boolean page,
            Map<String, URI> pageZones) {

        static Http read(SettingsReader in) {
            return new Http(
                    in.text("http.host", "0.0.0.0"),
                    in.port("http.port", 8080),
                    in.integer("http.instances", 0, 0, 1024),
                    in.integer("http.max-url-length", 65_536, 1_024, 1_048_576),
                    in.integer("http.max-header-size", 81_920, 1_024, 1_048_576),
                    in.integer("http.max-in-flight", 10_000, 1, 1_000_000),
                    in.integer("http.max-body-size", 1_048_576, 1_024, 1_073_741_824),
                    in.list("http.cors-origins", "*"),
                    in.headerNames("http.cors-headers", "*"),
                    in.integer("http.compress-from", 4_096, 1, Integer.MAX_VALUE),
                    in.duration("http.idle-timeout", "75s"),
                    in.integer("http.max-resets", 200, 1, 1_000_000),
                    in.seconds("http.reset-window", "30s"),
                    in.duration("http.drain-timeout", "10s"),
                    in.baseUrl("http.public-url"),
                    in.bool("http.page", false),
                    in.baseUrlsByZone("http.page-zones"));
        }
    }

    /**
     * Bounds on the resources that all clients together can occupy.
     *
     * @param memory bytes that clients can hold beyond the small allowance of every connection
     * @param unprovenMemory the part of {@code memory} that clients share before they have shown a key
     * @param connections concurrent connections of the public port
     * @param adminConnections concurrent connections of the admin port
     * @param streams concurrent HTTP/2 streams of one connection
     * @param headTimeout from the first byte of a request's head to its last
     * @param transferGrace how long a body or a response may transfer slowly
     * @param transferRate average rate, in bytes per second, that both must reach after the grace period
     */
    public record Limits(
            long memory,
            long unprovenMemory,
            int connections,
            int adminConnections,
            int streams,
            Duration headTimeout,
            Duration transferGrace,
            int transferRate) {
        /** Heap per connection, its allowance included; measured. */
        private static final int CONNECTION_BYTES = 10 * 1024;

        private static final int MAX_DEFAULT_CONNECTIONS = 100_000;

        /** Defaults derive from the heap, so that all limits together fit into it with a margin. */
        static Limits read(SettingsReader in, Events events) {
            long quarterOfHeap = Runtime.getRuntime().maxMemory() / 4;
            long batch = events.maxBatchSize();
            long memory = in.number("limits.memory", 0, 0, 1L << 50);
            long unproven = in.number("limits.unproven-memory", 0, 0, 1L << 50);
            int connections = in.integer("limits.connections", 0, 0, 10_000_000);
            // Reading the largest batch needs three times its size, and any client may send one.
            long total = memory == 0 ? Math.max(quarterOfHeap, 5 * batch) : memory;
            return new Limits(
                    in.derived("limits.memory", total),
                    in.derived(
                            "limits.unproven-memory",
                            Math.min(total, unproven == 0 ? Math.max(total / 8, 3 * batch) : unproven)),
                    in.derived(
                            "limits.connections",
                            connections == 0
                                    ? (int) Math.min(MAX_DEFAULT_CONNECTIONS, quarterOfHeap / CONNECTION_BYTES)
                                    : connections),
                    in.integer("limits.admin-connections", 256, 8, 100_000),
                    in.integer("limits.streams", 100, 1, 1_000_000),
                    in.duration("limits.head-timeout", "10s"),
                    in.duration("limits.transfer-grace", "10s"),
                    in.integer("limits.transfer-rate", 1_024, 1, Integer.MAX_VALUE));
        }
    }

    /**
     * Streams of flags for SDKs with local evaluation.
     *
     * @param keepAlive interval of keep-alives on an idle stream; clients time out after 17 s
     * @param maxOpen concurrent streams of this node; further ones are answered 503
     * @param stallTimeout how long a stream may have unread bytes before it is closed
     */
    public record Streams(Duration keepAlive, int maxOpen, Duration stallTimeout) {

        static Streams read(SettingsReader in) {
            return new Streams(
                    in.duration("streams.keep-alive", "15s"),
                    in.integer("streams.max-open", 20_000, 1, 1_000_000),
                    in.duration("streams.stall-timeout", "10s"));
        }
    }

    /**
     * Credentials of the whole project, in addition to the keys of deployments.
     *
     * @param apiKey user name for cohort downloads; also accepted with events
     * @param secretKey password for cohort downloads; without both keys, no cohort can be downloaded
     */
    public record Project(@Nullable Secret apiKey, @Nullable Secret secretKey) {

        /** By default, the unnamed project has the keys with which this node follows it upstream. */
        static Project read(SettingsReader in, Upstream upstream) {
            Secret apiKey = in.secret("project.api-key");
            Secret secretKey = in.secret("project.secret-key");
            if (apiKey == null && secretKey == null) {
                return upstream.projects().stream()
                        .filter(project -> project.key().isEmpty())
                        .map(project -> new Project(project.apiKey(), project.secretKey()))
                        .findFirst()
                        .orElseGet(() -> new Project(null, null));
            }
            return new Project(apiKey, secretKey);
        }
    }

    /**
     * Events that clients send.
     *
     * @param maxBatchSize largest batch accepted, in bytes
     * @param forwardTopic Kafka topic for events that are neither assignments nor exposures; without it they are rejected
     */
    public record Events(int maxBatchSize, @Nullable String forwardTopic) {

        static Events read(SettingsReader in) {
            return new Events(
                    in.integer("events.max-batch-size", 20_971_520, 1_024, 1_073_741_824),
                    in.optionalText("events.forward-topic"));
        }
    }

    /**
     * Uploaded cohorts.
     *
     * @param maxMembers largest cohort accepted
     */
    public record Cohorts(int maxMembers) {

        static Cohorts read(SettingsReader in) {
            return new Cohorts(in.integer("cohorts.max-members", 50_000_000, 1, 1_000_000_000));
        }
    }

    /**
     * The admin port: health, metrics and the ruleset document.
     *
     * @param token required by everything except health and metrics; on loopback optional and of any length
     * @param maxDocumentSize largest ruleset document accepted, in bytes
     * @param corsOrigins origins whose pages may use the management API; {@code *} allows any
     * @param console whether the console is served
     * @param sessionTimeout how long a session of the console lasts without a request
     */
    public record Admin(
            String host,
            int port,
            @Nullable Secret token,
            int maxDocumentSize,
            List<String> corsOrigins,
            boolean console,
            Duration sessionTimeout) {

        static Admin read(SettingsReader in) {
            return new Admin(
                    in.text("admin.host", "127.0.0.1"),
                    in.port("admin.port", 8081),
                    in.secret("admin.token"),
                    in.integer("admin.max-document-size", 67_108_864, 1_024, Integer.MAX_VALUE),
                    in.list("admin.cors-origins"),
                    in.bool("admin.console", false),
                    in.duration("admin.session-timeout", "8h"));
        }

        /** Whether only this machine can reach the port. Resolves {@code host} if it is a name: blocks. */
        public boolean isOnLoopback() {
            return Settings.isLoopback(host);
        }
    }

    /**
     * A second port with the metrics of the admin port and nothing else, for scrapers on other machines.
     *
     * @param enabled whether the port is opened
     * @param path of the metrics, with a leading slash
     */
    public record Metrics(boolean enabled, String host, int port, String path) {

        static Metrics read(SettingsReader in) {
            return new Metrics(
                    in.bool("metrics.enabled", false),
                    in.text("metrics.host", "0.0.0.0"),
                    in.port("metrics.port", 9090),
                    in.urlPath("metrics.path", "/metrics"));
        }
    }

    /**
     * The identity of this node.
     *
     * @param id name of the node in events and logs, unique in its cluster
     * @param roles components that the node runs
     * @param zone region that the node serves; it does not serve deployments of other zones
     * @param dataDir directory of the ruleset snapshot and the event log
     */
    public record Node(String id, Set<Role> roles, String zone, Path dataDir) {

        static Node read(SettingsReader in) {
            return new Node(
                    in.text("node.id", hostname()),
                    in.roles("node.roles", List.of(Role.values())),
                    in.name("node.zone", "us"),
                    Path.of(in.text("node.data-dir", "data")));
        }

        private static String hostname() {
            try {
                return InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException e) {
                return "localhost";
            }
        }
    }

    /** A component of a node. */
    public enum Role {
        HTTP,
        EVALUATOR,
        ANALYTICS,
        /** Delivers events from Kafka to Amplitude. */
        FORWARDER
    }

    /**
     * The evaluators.
     *
     * @param instances number of evaluator verticles (event loops); 0 means one per processor
     * @param timeout how long a request waits for its evaluation
     * @param patternSteps steps after which the regular expressions of one condition are aborted; one step examines one
     *     character
     */
    public record Evaluation(int instances, Duration timeout, int patternSteps) {

        static Evaluation read(SettingsReader in) {
            return new Evaluation(
                    in.integer("evaluation.instances", 0, 0, 1024),
                    in.duration("evaluation.timeout", "400ms"),
                    in.integer("evaluation.pattern-steps", 1_000_000, 1_000, Integer.MAX_VALUE));
        }
    }

    /**
     * The database of rulesets and cohorts.
     *
     * @param uri a {@link PostgresUri}; null means no database
     * @param poolSize connections of this node
     * @param connectTimeout timeout of opening a connection, and of a query
     * @param writeTimeout timeout of a migration, and of replacing the ruleset
     * @param rootCertificate PEM file of the authority that must have signed the server's certificate
     */
    public record Postgres(
            @Nullable Secret uri,
            int poolSize,
            Duration connectTimeout,
            Duration writeTimeout,
            @Nullable Path rootCertificate) {

        static Postgres read(SettingsReader in) {
            return new Postgres(
                    in.postgresUri("postgres.uri"),
                    in.integer("postgres.pool-size", 4, 1, 1024),
                    in.duration("postgres.connect-timeout", "2s"),
                    in.duration("postgres.write-timeout", "30s"),
                    in.path("postgres.root-certificate"));
        }
    }

    /**
     * The source of rulesets.
     *
     * @param file a ruleset document that is served instead of the one in the database
     * @param checkInterval interval of polling the source for its revision, in case a notification is lost
     * @param minRevisionWait how long a request waits for the minimum revision that it demands
     */
    public record Rulesets(@Nullable Path file, Duration checkInterval, Duration minRevisionWait) {

        static Rulesets read(SettingsReader in) {
            return new Rulesets(
                    in.path("rulesets.file"),
                    in.duration("rulesets.check-interval", "1s"),
                    in.duration("rulesets.min-revision-wait", "2s"));
        }
    }

    /**
     * Assignment events: the event log on disk, deduplication, and delivery to Kafka.
     *
     * @param segmentBytes size of one file of the event log
     * @param maxBytes maximum size of all these files together
     * @param whenFull policy at that maximum
     * @param fsync when the event log is forced to disk, so that it survives a power failure
     * @param deduplicationWindow how long an assignment is not recorded again
     * @param deduplicationSize number of assignments that deduplication remembers
     * @param batchSize events per batch
     * @param linger how long an event waits for its batch to fill
     * @param flushTimeout how long a stopping node tries to deliver its events
     */
    public record Assignments(
            int segmentBytes,
            long maxBytes,
            WhenFull whenFull,
            Fsync fsync,
            Duration deduplicationWindow,
            int deduplicationSize,
            int batchSize,
            Duration linger,
            Duration flushTimeout) {

        static Assignments read(SettingsReader in) {
            return new Assignments(
                    in.integer("assignments.segment-bytes", 33_554_432, 65_536, 1_073_741_824),
                    in.number("assignments.max-bytes", 1_073_741_824, 196_608, 1L << 50),
                    in.choice(
                            "assignments.when-full",
                            WhenFull.DROP_NEWEST,
                            Map.of(
                                    "drop-newest", WhenFull.DROP_NEWEST,
                                    "drop-oldest", WhenFull.DROP_OLDEST,
                                    "refuse", WhenFull.REFUSE)),
                    in.fsync("assignments.fsync", Duration.ofSeconds(1)),
                    in.duration("assignments.deduplication-window", "24h"),
                    in.integer("assignments.deduplication-size", 1_048_576, 1, 100_000_000),
                    in.integer("assignments.batch-size", 1_000, 1, 100_000),
                    in.duration("assignments.linger", "50ms"),
                    in.duration("assignments.flush-timeout", "10s"));
        }
    }

    /** When the event log is forced to disk. The crash of the process loses nothing in any mode. */
    public sealed interface Fsync {
        /** Whenever the kernel writes it back. */
        record Never() implements Fsync {}

        /** At an interval. */
        record Every(Duration interval) implements Fsync {}

        /** Before each response. */
        record Always() implements Fsync {}
    }

    /** What happens when the event log has reached its maximum size. */
    public enum WhenFull {
        /** New events are dropped. */
        DROP_NEWEST,
        /** The oldest events are dropped. */
        DROP_OLDEST,
        /** Requests whose events would have to be recorded are rejected. */
        REFUSE
    }

    /**
     * The Kafka cluster that receives assignment events.
     *
     * @param bootstrapServers {@code host:port}, comma-separated; null means that events stay in the event log
     * @param topic where events are written; the record key is the user id, or else the device id
     * @param propertiesFile further properties of the Kafka producer (TLS, SASL), in Kafka's own format
     */
    public record Kafka(
            @Nullable String bootstrapServers,
            String topic,
            @Nullable Path propertiesFile) {

        static Kafka read(SettingsReader in) {
            return new Kafka(
                    in.optionalText("kafka.bootstrap-servers"),
                    in.text("kafka.topic", "experiment.assignments"),
                    in.path("kafka.properties-file"));
        }
    }

    /**
     * The cluster of Vert.x and Hazelcast nodes.
     *
     * @param host the address, or a name of it, that cluster traffic is bound to and that is advertised to other nodes
     * @param busPort port of the event bus; 0 means any free one
     * @param members {@code host} or {@code host:port} of nodes to join; never multicast
     * @param kubernetesService DNS name of a headless service whose addresses are the nodes
     * @param password shared secret required to join; null means that the name suffices
     * @param maxStrangers concurrent connections to Hazelcast's port whose peers have not been identified
     * @param strangerTimeout how long such a connection may stay open
     * @param tls TLS of the event bus; null means plain text
     */
    public record Cluster(
            boolean enabled,
            String name,
            String host,
            int port,
            int busPort,
            List<String> members,
            @Nullable String kubernetesService,
            @Nullable Secret password,
            int maxStrangers,
            Duration strangerTimeout,
            @Nullable Tls tls) {

        static Cluster read(SettingsReader in) {
            return new Cluster(
                    in.bool("cluster.enabled", false),
                    in.name("cluster.name", "variate"),
                    in.text("cluster.host", "127.0.0.1"),
                    in.port("cluster.port", 5701),
                    in.port("cluster.bus-port", 0),
                    in.members("cluster.members"),
                    in.optionalText("cluster.kubernetes-service"),
                    in.secret("cluster.password"),
                    in.integer("cluster.max-strangers", 64, 1, 10_000),
                    in.duration("cluster.stranger-timeout", "10s"),
                    Tls.read(in));
        }
    }

    /**
     * Mutual TLS between the nodes of a cluster on the event bus; all PEM files.
     *
     * @param certificate certificate of this node
     * @param key private key of the certificate, in PKCS #8
     * @param authority certificate of the authority that has signed the certificates of all nodes
     */
    public record Tls(Path certificate, Path key, Path authority) {

        static @Nullable Tls read(SettingsReader in) {
            Path certificate = in.path("cluster.tls.certificate");
            Path key = in.path("cluster.tls.key");
            Path authority = in.path("cluster.tls.authority");
            if (certificate != null && key != null && authority != null) {
                return new Tls(certificate, key, authority);
            }
            if (certificate != null || key != null || authority != null) {
                in.problem("cluster.tls: certificate, key and authority must be set together");
            }
            return null;
        }
    }

    /**
     * The format of log lines, and which are written.
     *
     * @param levels level by logger, such as {@code info} for {@code root}
     */
    public record Log(Format format, Map<String, String> levels) {

        static Log read(SettingsReader in) {
            return new Log(
                    in.choice("log.format", Format.JSON, Map.of("json", Format.JSON, "text", Format.TEXT)),
                    in.logLevels("log.levels"));
        }

        /** {@code json} for machines, {@code text} for people. */
        public enum Format {
            JSON,
            TEXT
        }
    }

    static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
