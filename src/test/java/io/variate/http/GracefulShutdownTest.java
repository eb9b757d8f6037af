package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class GracefulShutdownTest {
    private static final String REQUEST = """
            GET /v1/vardata?user_id=u HTTP/1.1\r
            Host: test\r
            Authorization: Api-Key server-demo-key\r
            \r
            """;

    @Test
    void asksClientsToCloseTheirConnectionsBeforeItStops() throws Exception {
        RunningNode node = RunningNode.serving(Files.readString(Path.of("conf", "demo-ruleset.json")), Map.of());
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            assertThat(send(connection).header("connection")).isEmpty();

            CompletableFuture<Void> stopped = CompletableFuture.runAsync(node::close);
            RawConnection.Answer answer = send(connection);
            while (answer.header("connection").isEmpty()) {
                answer = send(connection);
            }

            assertThat(answer.header("connection")).containsExactly("close");
            assertThat(connection.isHungUp()).isTrue();
            stopped.join();
        }
    }

    private static RawConnection.Answer send(RawConnection connection) throws Exception {
        connection.send(REQUEST);
        RawConnection.Answer answer = connection.read();
        assertThat(answer.status()).isEqualTo(200);
        return answer;
    }
}
