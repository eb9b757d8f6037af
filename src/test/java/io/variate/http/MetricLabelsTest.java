package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Values chosen by clients do not create new time series. */
class MetricLabelsTest {

    @Test
    void noLabelContainsAValueChosenByClients() throws IOException {
        try (RunningNode node = RunningNode.serving(SampleRuleset.revision(1), Map.of())) {
            sendInventedValues(node, -1);
            Set<String> before = samples(node);
            for (int i = 0; i < 200; i++) {
                sendInventedValues(node, i);
            }
            assertThat(samples(node)).isEqualTo(before);
        }
    }

    private static void sendInventedValues(RunningNode node, int number) throws IOException {
        String headers = " HTTP/1.1\r\nHost: h" + number + "\r\nUser-Agent: a" + number + "\r\n";
        String key = "Authorization: Api-Key server-all\r\n";
        for (int port : new int[] {node.httpPort(), node.adminPort()}) {
            RawConnection.exchange(port, "GET /path-" + number + "/x" + headers + "\r\n");
            RawConnection.exchange(port, "METHOD" + number + " /path-" + number + headers + "\r\n");
        }
        RawConnection.exchange(node.httpPort(), "METHOD" + number + " /v1/vardata" + headers + key + "\r\n");
        RawConnection.exchange(node.httpPort(), "GET /v1/vardata?user_id=" + number + headers + key + "\r\n");
        RawConnection.exchange(node.httpPort(), "GET /v1/vardata?context=" + number + headers + key + "\r\n");
        RawConnection.exchange(
                node.httpPort(), "GET /v1/vardata" + headers + "Authorization: Api-Key k" + number + "\r\n\r\n");
        RawConnection.exchange(node.adminPort(), "DELETE /api/" + number + headers + "\r\n");
        RawConnection.exchange(node.adminPort(), "PURGE" + number + " /metrics" + headers + "\r\n");
    }

    /** Names and labels of the HTTP metrics of Vert.x and of all metrics of Variate. */
    private static Set<String> samples(RunningNode node) {
        Set<String> samples = new TreeSet<>();
        node.admin("GET", "/metrics", "");
        node.admin("GET", "/metrics", "")
                .body()
                .lines()
                .filter(line -> line.startsWith("vertx_") || line.startsWith("variate_"))
                .forEach(line -> samples.add(line.substring(0, line.lastIndexOf(' '))));
        return samples;
    }
}
