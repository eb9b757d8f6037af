package io.variate.packaging;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.variate.testing.MountedDisk;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The certificates of {@code cluster/certificates.sh} let nodes and applications connect, and reject all others. */
@Tag("slow")
class CertificatesScriptTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path ours;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path theirs;

    @BeforeAll
    static void make() throws IOException {
        boolean there = MountedDisk.run("openssl", "version");
        if ("true".equals(System.getenv("CI"))) {
            assertThat(there).as("CI has openssl").isTrue();
        }
        assumeTrue(there, "openssl is missing");
        for (Path directory : new Path[] {ours, theirs}) {
            Files.copy(Path.of("cluster/certificates.sh"), directory.resolve("certificates.sh"));
            run(directory);
        }
        run(ours, "my-app");
    }

    @Test
    void anApplicationAndANodeOfOneAuthorityCanConnect() throws Exception {
        assertThat(replyTo(ours.resolve("tls/my-app"))).isEqualTo("hello");
    }

    @Test
    void rejectsANodeOfAnotherAuthority() throws Exception {
        assertThat(replyTo(theirs.resolve("tls/nodes"))).isEmpty();
    }

    @Test
    void aSecondRunKeepsTheAuthorityAndRenewsTheCertificate() throws IOException {
        Path certificate = theirs.resolve("tls/nodes/tls.crt");
        Path authority = theirs.resolve("tls/authority.crt");
        byte[] certificateBefore = Files.readAllBytes(certificate);
        byte[] authorityBefore = Files.readAllBytes(authority);
        run(theirs);
        assertThat(certificate).content().isNotEqualTo(new String(certificateBefore, US_ASCII));
        assertThat(authority).hasBinaryContent(authorityBefore);
        assertThat(theirs.resolve("tls/nodes/ca.crt")).hasBinaryContent(authorityBefore);
    }

    @Test
    void onlyTheOwnerCanReadTheFiles() throws IOException {
        assertThat(Files.getPosixFilePermissions(ours.resolve("tls")))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(Files.getPosixFilePermissions(ours.resolve("tls/authority.key")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    private static void run(Path directory, String... name) {
        String[] command = {
            "bash", directory.resolve("certificates.sh").toString(), name.length == 0 ? "nodes" : name[0]
        };
        assertThat(MountedDisk.run(command)).isTrue();
    }

    /** The echo that a client gets from a node over mutual TLS; empty if one does not trust the other. */
    private static String replyTo(Path caller) throws Exception {
        Vertx vertx = Vertx.vertx();
        Path node = ours.resolve("tls/nodes");
        NetServer server = vertx.createNetServer(new NetServerOptions()
                        .setSsl(true)
                        .setKeyCertOptions(identity(node))
                        .setTrustOptions(trusted(node))
                        .setClientAuth(ClientAuth.REQUIRED))
                .connectHandler(socket -> socket.handler(socket::end));
        NetClient client = vertx.createNetClient(new NetClientOptions()
                .setSsl(true)
                .setKeyCertOptions(identity(caller))
                .setTrustOptions(trusted(node))
                .setHostnameVerificationAlgorithm(""));
        try {
            return server.listen(0, "127.0.0.1")
                    .compose(listening -> client.connect(listening.actualPort(), "127.0.0.1"))
                    .compose(CertificatesScriptTest::echo, refused -> Future.succeededFuture(""))
                    // Vert.x would close unreferenced clients and servers; these calls keep them reachable.
                    .eventually(client::close)
                    .eventually(server::close)
                    .await(20, TimeUnit.SECONDS);
        } finally {
            vertx.close().await(20, TimeUnit.SECONDS);
        }
    }

    private static Future<String> echo(NetSocket socket) {
        Promise<String> heard = Promise.promise();
        StringBuilder text = new StringBuilder();
        socket.handler(bytes -> text.append(bytes.toString()));
        socket.closeHandler(end -> heard.tryComplete(text.toString()));
        socket.write("hello").onFailure(cut -> heard.tryComplete(""));
        return heard.future();
    }

    private static PemKeyCertOptions identity(Path made) {
        return new PemKeyCertOptions()
                .setCertPath(made.resolve("tls.crt").toString())
                .setKeyPath(made.resolve("tls.key").toString());
    }

    private static PemTrustOptions trusted(Path made) {
        return new PemTrustOptions().addCertPath(made.resolve("ca.crt").toString());
    }
}
