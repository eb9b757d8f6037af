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
 * Everything an operator can set, one record for each section of {@code conf/variate.yaml}.
 *
 * <p>Immutable. Read with {@link SettingsLoader}; the meaning and the default of every setting stand in
 * {@code conf/variate.yaml}. Secrets print as {@code ***}.
 */
public record Settings(
        Http http,
        Limits limits,
        Streams streams,
        Project project,
        Events events,
        Cohorts cohorts,
        Admin admin,
        Node node,
        Evaluation evaluation,
        Postgres postgres,
        Rulesets rulesets,
        Assignments assignments,
        Kafka kafka,
        Cluster cluster,
        Log log) {

    /**
     * The public API.
     *
     * @param instances verticles (event loops) that serve; 0 means one for each processor
     * @param maxUrlLength longest request line, in bytes; a longer one is answered 414
     * @param maxHeaderSize largest header block, in bytes; a larger one is answered 431
     * @param maxInFlight requests that one instance evaluates at a time; more are answered 503
     * @param maxBodySize largest body accepted but for batches of events, in bytes; a larger one is answered 413
     * @param corsOrigins origins whose pages may read answers; {@code *} stands for any
     * @param corsHeaders headers that pages may send beside those of the API; {@code *} stands for any
     * @param compressFrom smallest answer that is compressed for those who ask for it, in bytes
     * @param idleTimeout how long a silent connection is kept
     * @param maxResets streams that a connection of HTTP/2 may reset within a window; one more closes it
     * @param resetWindow length of that window, in whole seconds
     * @param drainTimeout how long a stopping node waits for requests under way
     * @param publicUrl the base URL that clients know this server by, without a slash at the end; null means the origin that
     *     they ask
     * @param page whether the evaluation page is served
     * @param pageZones other servers that the page offers to ask: base URLs, ending in a slash, by zone
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
            Map<String, URI> pageZones) {}

    /**
     * What clients can make this node hold, all of them together.
     *
     * @param memory bytes that they can take beyond the small allowance of every connection
     * @param unprovenMemory the part of it that those share who have not shown a key yet
     * @param connections of the public port at a time
     * @param adminConnections of the admin port at a time
     * @param streams of HTTP/2 on one connection at a time
     * @param headTimeout from the first byte of a request's head to its last
     * @param transferGrace how long a body or an answer may move slowly
     * @param transferRate bytes a second, on average, at which bodies must come and answers be taken after that
     */
    public record Limits(
            long memory,
            long unprovenMemory,
            int connections,
            int adminConnections,
            int streams,
            Duration headTimeout,
            Duration transferGrace,
            int transferRate) {}

    /**
     * Streams of flags to clients that evaluate by themselves.
     *
     * @param keepAlive how often a silent stream says that it lives; clients give up after 17 s
     * @param maxOpen streams that this node serves at a time; more are answered 503
     * @param stallTimeout how long a stream may have bytes that its reader does not take, before it is closed
     */
    public record Streams(Duration keepAlive, int maxOpen, Duration stallTimeout) {}

    /**
     * What clients of a whole project authenticate with, beside the keys of deployments.
     *
     * @param apiKey user name for cohorts, and accepted with events
     * @param secretKey password for cohorts; without both, nobody may download cohorts
     */
    public record Project(@Nullable Secret apiKey, @Nullable Secret secretKey) {}

    /**
     * Events that clients send.
     *
     * @param maxBatchSize largest batch accepted, in bytes
     * @param forwardTopic Kafka topic for events that are neither assignments nor exposures; none means that they are
     *     refused
     */
    public record Events(int maxBatchSize, @Nullable String forwardTopic) {}

    /**
     * Cohorts that are uploaded.
     *
     * @param maxMembers largest cohort accepted
     */
    public record Cohorts(int maxMembers) {}

    /**
     * Health, metrics and the ruleset document.
     *
     * @param token demanded from everything but health and metrics; on loopback optional and of any length
     * @param maxDocumentSize largest ruleset document accepted, in bytes
     */
    public record Admin(String host, int port, @Nullable Secret token, int maxDocumentSize) {
        /** Whether only this machine reaches the port. Looks {@code host} up if it is a name: blocks. */
        public boolean isOnLoopback() {
            return Settings.isLoopback(host);
        }
    }

    /**
     * What this node is.
     *
     * @param id name of the node in events and logs, unique in its cluster
     * @param roles what the node runs
     * @param zone region served; a deployment of another zone does not exist here
     * @param dataDir where the ruleset snapshot and the log of events are kept
     */
    public record Node(String id, Set<Role> roles, String zone, Path dataDir) {}

    /**
     * The evaluators.
     *
     * @param instances verticles (event loops) that evaluate; 0 means one for each processor
     * @param timeout how long a request waits for its evaluator
     * @param patternSteps how often the regular expressions of one condition may look at a character before they are given up
     */
    public record Evaluation(int instances, Duration timeout, int patternSteps) {}

    /**
     * The database of the flags.
     *
     * @param uri a {@link PostgresUri}; none means no database
     * @param poolSize connections kept by this node
     * @param connectTimeout how long a connection may take to open, and a query to be answered
     * @param writeTimeout how long a migration, or a replacement of the ruleset, may take
     * @param rootCertificate PEM file of the authority that must have signed the server's certificate
     */
    public record Postgres(
            @Nullable Secret uri,
            int poolSize,
            Duration connectTimeout,
            Duration writeTimeout,
            @Nullable Path rootCertificate) {}

    /**
     * Where rulesets come from besides PostgreSQL.
     *
     * @param file a ruleset document served in place of the database
     * @param checkInterval how often the source is asked for its revision, in case a notification was missed
     * @param minRevisionWait how long a request waits for the revision that it asks for
     */
    public record Rulesets(@Nullable Path file, Duration checkInterval, Duration minRevisionWait) {}

    /**
     * Assignment events on their way to Kafka.
     *
     * @param segmentBytes size of one file of the log on the disk
     * @param maxBytes what these files may take of the disk together
     * @param whenFull what gives way at that bound
     * @param fsync when the log is forced to the disk, which is what survives a power cut
     * @param deduplicationWindow for how long an assignment is not recorded again
     * @param deduplicationSize how many assignments are remembered for that
     * @param batchSize events sent at a time
     * @param linger how long an event waits for its batch to fill
     * @param flushTimeout how long a stopping node tries to bring its events to Kafka
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
            Duration flushTimeout) {}

    /** When the log of events is forced to the disk. The death of the process loses nothing either way. */
    public sealed interface Fsync {
        /** When the kernel likes. */
        record Never() implements Fsync {}

        /** At an interval. */
        record Every(Duration interval) implements Fsync {}

        /** Before each answer. */
        record Always() implements Fsync {}
    }

    /** What gives way when the log of events has all the bytes it may have. */
    public enum WhenFull {
        /** New events are lost. */
        DROP_NEWEST,
        /** Old events are lost. */
        DROP_OLDEST,
        /** Requests that would have to be recorded are refused. */
        REFUSE
    }

    /**
     * Where assignment events go.
     *
     * @param bootstrapServers {@code host:port}, comma-separated; none means that events stay in the buffer
     * @param topic where events are written: key is the user id or else the device id
     * @param propertiesFile further properties of the Kafka producer (TLS, SASL), in Kafka's own format
     */
    public record Kafka(
            @Nullable String bootstrapServers,
            String topic,
            @Nullable Path propertiesFile) {}

    /**
     * The cluster of Vert.x and Hazelcast nodes.
     *
     * @param host address of this node that cluster traffic is bound to, and that other nodes are told; or a name of it
     * @param busPort port of the event bus; 0 means any free one
     * @param members {@code host} or {@code host:port} of nodes to join; never multicast
     * @param kubernetesService DNS name of a headless service whose addresses are the nodes
     * @param password what all nodes know that may join; none means that the name is enough
     * @param maxStrangers connections to the port of Hazelcast whose peers have not identified themselves, at a time
     * @param strangerTimeout how long such a connection may stay
     * @param tls how the event bus is secured; none means plain text
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
            @Nullable Tls tls) {}

    /**
     * What the nodes of a cluster show each other on the event bus, all as PEM files.
     *
     * @param certificate of this node
     * @param key private key of the certificate, in PKCS #8
     * @param authority certificate of the authority that has signed those of all nodes
     */
    public record Tls(Path certificate, Path key, Path authority) {}

    /** How log lines look. */
    public record Log(Format format) {
        /** {@code json} for machines, {@code text} for people. */
        public enum Format {
            JSON,
            TEXT
        }
    }

    /** A part that a node can play. */
    public enum Role {
        HTTP,
        EVALUATOR,
        ANALYTICS
    }

    static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Whether this node plays the given part. */
    public boolean has(Role role) {
        return node.roles().contains(role);
    }
}
