package io.variate.config;

import io.variate.config.Settings.Role;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Checks combinations of settings: each setting is valid on its own, but not with the others. */
final class SettingsChecks {
    private static final int MIN_PASSWORD_LENGTH = 16;
    private static final int MIN_TOKEN_LENGTH = 16;

    /** The same as for projects of a ruleset document. */
    private static final Pattern PROJECT_KEY = Pattern.compile("[A-Za-z0-9._-]{1,128}");

    private final Settings settings;
    private final List<String> problems;

    private SettingsChecks(Settings settings, List<String> problems) {
        this.settings = settings;
        this.problems = problems;
    }

    /** Adds a sentence for each problem. Resolves host names and checks files: blocks. */
    static void check(Settings settings, List<String> problems) {
        SettingsChecks checks = new SettingsChecks(settings, problems);
        checks.checkAdmin(settings.admin());
        checks.checkRoles();
        checks.checkAssignments(settings.assignments());
        checks.checkCluster(settings.cluster());
        checks.checkProject(settings.project());
        checks.checkPostgres(settings.postgres());
        checks.checkUpstream(settings.upstream());
        checks.checkAmplitude();
        checks.checkPorts();
    }

    private void checkAdmin(Settings.Admin admin) {
        if (admin.token() == null && !admin.corsOrigins().isEmpty()) {
            problems.add("admin.cors-origins: requires admin.token, or every page of these origins could change flags");
        }
        if (admin.isOnLoopback()) {
            return;
        }
        if (admin.token() == null) {
            problems.add("admin.token: required because admin.host is " + admin.host()
                    + "; optional only on a loopback address");
        } else if (admin.token().value().strip().length() < MIN_TOKEN_LENGTH) {
            problems.add("admin.token: must have at least " + MIN_TOKEN_LENGTH + " characters because admin.host is "
                    + admin.host() + ", where others can guess tokens; may be shorter only on a loopback address");
        }
    }

    private void checkRoles() {
        if (settings.cluster().enabled()) {
            return;
        }
        if (settings.has(Role.HTTP) && !settings.has(Role.EVALUATOR)) {
            problems.add("node.roles: http without evaluator requires cluster.enabled,"
                    + " because other nodes must evaluate its requests");
        }
        if (settings.has(Role.EVALUATOR) && !settings.has(Role.ANALYTICS)) {
            problems.add("node.roles: evaluator without analytics requires cluster.enabled,"
                    + " because other nodes must deliver its events");
        }
    }

    private void checkAssignments(Settings.Assignments assignments) {
        if (assignments.maxBytes() / 3 < assignments.segmentBytes()) {
            problems.add("assignments.max-bytes: must be at least three times assignments.segment-bytes");
        }
        if (assignments.segmentBytes() % Long.BYTES != 0) {
            problems.add("assignments.segment-bytes: must be a multiple of " + Long.BYTES);
        }
    }

    private void checkCluster(Settings.Cluster cluster) {
        if (cluster.kubernetesService() != null && !cluster.members().isEmpty()) {
            problems.add("cluster.members: cannot be combined with cluster.kubernetes-service");
        }
        if (!cluster.enabled()) {
            return;
        }
        if (cluster.host().matches("[0.:]+")) {
            problems.add("cluster.host: must be a specific address of this node, because other nodes connect to it");
        }
        Secret password = cluster.password();
        if (password != null && password.value().length() < MIN_PASSWORD_LENGTH) {
            problems.add("cluster.password: must have at least " + MIN_PASSWORD_LENGTH
                    + " characters, because anyone who captures cluster traffic can try passwords offline");
        }
        if (cluster.tls() != null) {
            Stream.of(
                            cluster.tls().certificate(),
                            cluster.tls().key(),
                            cluster.tls().authority())
                    .filter(file -> !Files.isReadable(file))
                    .forEach(file -> problems.add("cluster.tls: cannot read " + file));
        }
        if (cluster.kubernetesService() != null && Settings.isLoopback(cluster.host())) {
            problems.add(
                    "cluster.host: must be the address of the pod, because other pods cannot reach " + cluster.host());
        }
    }

    private void checkProject(Settings.Project project) {
        if (project.secretKey() != null && project.apiKey() == null) {
            problems.add(
                    "project.api-key: required because project.secret-key, the password that belongs to it, is set");
        }
    }

    private void checkPostgres(Settings.Postgres postgres) {
        Secret uri = postgres.uri();
        if (uri == null) {
            return;
        }
        if (settings.rulesets().file() != null) {
            problems.add("rulesets.file: cannot be combined with postgres.uri; a ruleset has one source");
        }
        if (PostgresUri.parse(uri).verifies() && postgres.rootCertificate() == null) {
            problems.add("postgres.root-certificate: required because postgres.uri requests certificate verification");
        }
    }

    private void checkUpstream(Upstream upstream) {
        if (!upstream.isSet()) {
            return;
        }
        if (settings.postgres().uri() != null || settings.rulesets().file() != null) {
            problems.add("upstream: cannot be combined with postgres.uri or rulesets.file; a ruleset has one source");
        }
        for (Upstream.Project project : upstream.projects()) {
            String section = project.key().isEmpty() ? "upstream" : "upstream.projects." + project.key();
            if (!project.key().isEmpty() && !PROJECT_KEY.matcher(project.key()).matches()) {
                problems.add(section + ": the name of a project must consist of at most 128 letters, digits, dots,"
                        + " hyphens and underscores");
            }
            if ((project.apiKey() == null) != (project.secretKey() == null)) {
                problems.add(section + ": api-key and secret-key must be set together");
            }
            if (project.managementKey() == null && project.deploymentKeys().isEmpty()) {
                problems.add(section + ": management-key or deployment-keys is required");
            }
        }
    }

    private void checkAmplitude() {
        if (settings.amplitude().events() && settings.amplitude().apiKeys().isEmpty()) {
            problems.add("amplitude.api-key: required because amplitude.events is true");
        }
    }

    private void checkPorts() {
        int http = settings.http().port();
        int admin = settings.admin().port();
        int metrics = settings.metrics().port();
        if (http != 0 && http == admin) {
            problems.add("admin.port: must differ from http.port");
        }
        if (settings.metrics().enabled() && metrics != 0 && (metrics == http || metrics == admin)) {
            problems.add("metrics.port: must differ from http.port and admin.port");
        }
    }
}
