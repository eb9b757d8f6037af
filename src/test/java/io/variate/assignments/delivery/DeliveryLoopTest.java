package io.variate.assignments.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.assignments.delivery.DeliveryLoop.State;
import io.variate.testing.LogLines;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Runs every step on the test's thread, with a manual clock and deliveries that the test completes. */
class DeliveryLoopTest {
    private final Source source = new Source();
    private final Sink sink = new Sink();
    private final DeliveryStatus status = DeliveryStatus.unknown();
    private final List<Long> pauses = new ArrayList<>();
    private long now;
    private final DeliveryLoop loop =
            new DeliveryLoop(source, sink, status, () -> now, (millis, task) -> pauses.add(millis));

    private static final class Source implements EventSource {
        private final Deque<Batch> batches = new ArrayDeque<>();
        private final List<String> commits = new ArrayList<>();
        private @Nullable Throwable failure;
        private int reads;

        void add(long end) {
            byte[] value = Long.toString(end).getBytes(StandardCharsets.US_ASCII);
            batches.add(new Batch(List.of(EventSink.Event.of(new byte[0], value)), end));
        }

        @Override
        public Future<Batch> poll() {
            reads++;
            if (failure != null) {
                return Future.failedFuture(failure);
            }
            Batch next = batches.poll();
            return Future.succeededFuture(next == null ? new Batch(List.of(), 0) : next);
        }

        @Override
        public Future<Void> commit(long sequence, int rejected) {
            commits.add(sequence + " rejected " + rejected);
            return Future.succeededFuture();
        }
    }

    private static final class Sink implements EventSink {
        @Override
        public String name() {
            return "the sink";
        }

        private final List<String> sent = new ArrayList<>();
        private final List<Promise<Delivery>> promises = new ArrayList<>();
        private int capacity = 2;
        private @Nullable Throwable trouble;
        private boolean closed;

        @Override
        public Future<Delivery> deliver(List<? extends Event> events) {
            sent.add(events.isEmpty() ? "probe" : new String(events.get(0).value(), StandardCharsets.US_ASCII));
            Promise<Delivery> promise = Promise.promise();
            promises.add(promise);
            return promise.future();
        }

        void acknowledge(int call) {
            promises.get(call).complete(new Delivery(1, 0));
        }

        void fail(int call) {
            promises.get(call).fail(new IllegalStateException("broker unavailable"));
        }

        @Override
        public boolean isFull() {
            return promises.stream()
                            .filter(promise -> !promise.future().isComplete())
                            .count()
                    >= capacity;
        }

        @Override
        public @Nullable Throwable trouble() {
            return trouble;
        }

        @Override
        public Future<Void> close() {
            closed = true;
            return Future.succeededFuture();
        }
    }

    private void pass(long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
        loop.advance();
    }

    @Test
    void sendsBatchesUntilTheSinkIsFull() {
        source.add(1);
        source.add(2);
        source.add(3);

        loop.advance();
        assertThat(sink.sent).containsExactly("1", "2");

        sink.acknowledge(0);
        assertThat(sink.sent).containsExactly("1", "2", "3");
        assertThat(loop.state()).isEqualTo(new State.Delivering());
        assertThat(status.isUp()).isTrue();
    }

    @Test
    void settlesInTheOrderOfTheLog() {
        source.add(1);
        source.add(2);
        loop.advance();

        sink.acknowledge(1);
        assertThat(source.commits).isEmpty();

        sink.promises.get(0).complete(new EventSink.Delivery(0, 1));
        assertThat(source.commits).containsExactly("2 rejected 1");
    }

    @Test
    void pausesAfterAFailureAndSendsEverythingUnsettledAgain() {
        source.add(1);
        source.add(2);
        loop.advance();

        sink.fail(0);
        assertThat(loop.state())
                .isEqualTo(new State.Paused(TimeUnit.MILLISECONDS.toNanos(DeliveryLoop.FIRST_PAUSE_MILLIS)));
        assertThat(status.reason()).isEqualTo("broker unavailable");
        assertThat(pauses).containsExactly(DeliveryLoop.FIRST_PAUSE_MILLIS + 1);

        sink.acknowledge(1);
        pass(DeliveryLoop.FIRST_PAUSE_MILLIS - 1);
        assertThat(sink.sent).hasSize(2);

        pass(1);
        assertThat(loop.state()).isEqualTo(new State.Delivering());
        assertThat(sink.sent).containsExactly("1", "2", "1", "2");
        assertThat(source.commits).isEmpty();
    }

    @Test
    void retriesNothingWhileASendIsInFlight() {
        source.add(1);
        source.add(2);
        loop.advance();
        sink.fail(0);

        pass(DeliveryLoop.LONGEST_PAUSE_MILLIS);
        assertThat(loop.state()).isInstanceOf(State.Paused.class);
        assertThat(sink.sent).hasSize(2);

        sink.fail(1);
        loop.advance();
        assertThat(sink.sent).containsExactly("1", "2", "1", "2");
    }

    @Test
    void doublesThePauseUpToALimitUntilADeliverySucceeds() {
        sink.capacity = 1;
        source.add(1);
        loop.advance();
        for (int call = 0; call < 8; call++) {
            sink.fail(call);
            pass(DeliveryLoop.LONGEST_PAUSE_MILLIS);
        }
        assertThat(pauses).containsExactly(101L, 201L, 401L, 801L, 1_601L, 3_201L, 5_001L, 5_001L);

        sink.acknowledge(8);
        source.add(2);
        loop.advance();
        sink.fail(9);
        assertThat(pauses).endsWith(101L);
    }

    @Test
    void pausesAfterAFailedRead() {
        source.failure = new IllegalStateException("disk failed");
        loop.advance();
        assertThat(loop.state()).isInstanceOf(State.Paused.class);

        source.failure = null;
        source.add(1);
        pass(DeliveryLoop.FIRST_PAUSE_MILLIS);
        assertThat(sink.sent).containsExactly("1");
    }

    @Test
    void probesTheSinkWhileThereAreNoEvents() {
        loop.advance();
        assertThat(sink.sent).containsExactly("probe");
        sink.acknowledge(0);

        pass(DeliveryLoop.PROBE_MILLIS - 1);
        assertThat(sink.sent).hasSize(1);
        pass(1);
        assertThat(sink.sent).hasSize(2);
        assertThat(source.commits).isEmpty();
    }

    @Test
    void reportsDownWithoutAnAcknowledgement() {
        source.add(1);
        loop.advance();
        pass(DeliveryLoop.ACKNOWLEDGEMENT_TIMEOUT_MILLIS + 1);
        assertThat(status.reason()).isEqualTo("no acknowledgement for 2000 ms");

        sink.trouble = new IllegalStateException("no leader");
        loop.advance();
        assertThat(status.reason()).isEqualTo("no leader");

        sink.trouble = null;
        sink.acknowledge(0);
        assertThat(status.isUp()).isTrue();
    }

    @Test
    void staysDownWhileOnlySomeEventsAreAcknowledged() {
        source.add(1);
        source.add(1);
        loop.advance();
        sink.trouble = new IllegalStateException("a project has an invalid API key");

        sink.acknowledge(0);

        assertThat(status.isDown()).isTrue();
        assertThat(status.reason()).isEqualTo("a project has an invalid API key");
    }

    @Test
    void drainsUntilTheSourceIsEmptyAndEverythingIsSettled() {
        source.add(1);
        source.add(2);
        Future<Void> drained = loop.drain();
        assertThat(loop.state()).isEqualTo(new State.Draining());

        sink.acknowledge(0);
        assertThat(drained.isComplete()).isFalse();

        sink.acknowledge(1);
        assertThat(drained.succeeded()).isTrue();
        assertThat(loop.state()).isEqualTo(new State.Drained());
        assertThat(source.commits).containsExactly("1 rejected 0", "2 rejected 0");
    }

    @Test
    void retriesWithoutAPauseWhileItDrains() {
        source.add(1);
        Future<Void> drained = loop.drain();

        sink.fail(0);
        assertThat(loop.state()).isEqualTo(new State.Retrying());

        loop.advance();
        assertThat(loop.state()).isEqualTo(new State.Draining());
        sink.acknowledge(1);
        assertThat(drained.succeeded()).isTrue();
    }

    @Test
    void drainingEndsAPause() {
        source.add(1);
        loop.advance();
        sink.fail(0);

        loop.drain();

        assertThat(loop.state()).isEqualTo(new State.Draining());
        assertThat(sink.sent).containsExactly("1", "1");
    }

    @Test
    void settlesWhatIsAcknowledgedWhileItClosesAndSendsNothingMore() {
        source.add(1);
        source.add(2);
        sink.capacity = 1;
        loop.advance();
        int reads = source.reads;

        loop.close();
        assertThat(sink.closed).isTrue();
        sink.acknowledge(0);
        pass(DeliveryLoop.LONGEST_PAUSE_MILLIS);

        assertThat(source.commits).containsExactly("1 rejected 0");
        assertThat(sink.sent).containsExactly("1");
        assertThat(source.reads).isEqualTo(reads);
        assertThat(loop.state()).isEqualTo(new State.Closed());
    }

    @Test
    void logsOutagesWithChangingTextsOnceAMinute() {
        try (LogLines lines = new LogLines(DeliveryLoop.class)) {
            source.add(1);
            loop.advance();
            for (int n = 0; n < 100; n++) {
                sink.promises.get(n).fail(new IllegalStateException("text " + n));
                pass(DeliveryLoop.LONGEST_PAUSE_MILLIS);
            }
            assertThat(status.reason()).isEqualTo("text 99");
            assertThat(lines.all())
                    .hasSize(9)
                    .startsWith("WARN event delivery is down: text 0; events wait on disk")
                    .allMatch(line -> line.startsWith("WARN event delivery is down: text "));
        }
    }

    @Test
    void logsNoRecoveryOfAnOutageThatItDidNotLog() {
        try (LogLines lines = new LogLines(DeliveryLoop.class)) {
            source.add(1);
            loop.advance();
            for (int n = 0; n < 6; n += 2) {
                sink.promises.get(n).fail(new IllegalStateException("text " + n));
                pass(DeliveryLoop.FIRST_PAUSE_MILLIS);
                source.add(n);
                sink.acknowledge(n + 1);
            }
            assertThat(status.isUp()).isTrue();
            assertThat(lines.all())
                    .containsExactly(
                            "WARN event delivery is down: text 0; events wait on disk", "INFO event delivery is up");
        }
    }

    @Test
    void logsTheSumOfRejectedEventsOnceAMinute() {
        try (LogLines lines = new LogLines(DeliveryLoop.class)) {
            for (int n = 0; n < 10; n++) {
                source.add(n);
            }
            loop.advance();
            for (int n = 0; n < 10; n++) {
                sink.promises.get(n).complete(new EventSink.Delivery(0, 5));
            }
            pass(TimeUnit.MINUTES.toMillis(1));
            assertThat(lines.all().stream().filter(line -> line.startsWith("ERROR")))
                    .containsExactly(
                            "ERROR the sink rejected events permanently; they are lost count=5",
                            "ERROR the sink rejected events permanently; they are lost count=45");
        }
    }
}
