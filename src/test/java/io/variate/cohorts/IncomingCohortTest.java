package io.variate.cohorts;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncomingCohortTest {
    private static final Buffer MEMBERS = Buffer.buffer("\"a member with an id\",".repeat(50_000));

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong spare = new AtomicLong(1L << 30);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @AfterEach
    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void refusesABodyIfTheReserveOfTheDiskIsInUse() {
        spare.set(-1);

        IncomingCohort incoming = receive();

        assertThat(failure(incoming.write(Buffer.buffer("[")))).contains("not enough disk space");
        Await.until("the body is deleted", () -> incoming.discard().isComplete() && isEmpty());
    }

    @Test
    void abortsABodyThatReachesTheReserveOfTheDisk() {
        IncomingCohort incoming = receive();
        incoming.write(Buffer.buffer("["));
        spare.set(10 << 20);

        Await.until(
                "the body is aborted", () -> failure(incoming.write(MEMBERS)).contains("not enough disk space"));
    }

    private IncomingCohort receive() {
        return new CohortStaging(vertx, directory, 100_000_000, spare::get)
                .receive(new CohortId("", "testers"), 0, Duration.ofHours(1));
    }

    private static String failure(Future<?> written) {
        Await.until("the write ends", written::isComplete);
        return written.succeeded() ? "" : String.valueOf(written.cause().getMessage());
    }

    private boolean isEmpty() {
        try (Stream<Path> files = Files.list(directory.resolve("cohorts"))) {
            return files.findAny().isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
