package io.variate.cohorts;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UploadReceiverTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    static Stream<Throwable> failures() {
        return Stream.of(
                new IOException("Connection reset by peer"),
                Http2Exception.connectionError(Http2Error.PROTOCOL_ERROR, "stream 17 does not exist"),
                new HttpClosedException("Connection was closed"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void failsIfTheConnectionBreaksBeforeTheFileIsOpen(Throwable failure, @TempDir Path directory) throws Exception {
        Body body = new Body();
        UploadReceiver receiver = new UploadReceiver(vertx, body, 1_000);
        body.fail(failure);
        AsyncFile file = vertx.fileSystem()
                .open(directory.resolve("body").toString(), new OpenOptions())
                .await(20, TimeUnit.SECONDS);

        assertThatThrownBy(() -> receiver.receiveInto(file).await(20, TimeUnit.SECONDS))
                .isInstanceOf(InvalidCohortException.class)
                .hasMessage("the body cannot be read to its end");
    }

    /** Fails once, as the body of a request does. */
    private static final class Body implements ReadStream<Buffer> {
        private @Nullable Handler<Throwable> failed;

        void fail(Throwable failure) {
            if (failed != null) {
                failed.handle(failure);
            }
        }

        @Override
        public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
            failed = handler;
            return this;
        }

        @Override
        public ReadStream<Buffer> handler(@Nullable Handler<Buffer> handler) {
            return this;
        }

        @Override
        public ReadStream<Buffer> endHandler(@Nullable Handler<Void> handler) {
            return this;
        }

        @Override
        public ReadStream<Buffer> pause() {
            return this;
        }

        @Override
        public ReadStream<Buffer> resume() {
            return this;
        }

        @Override
        public ReadStream<Buffer> fetch(long amount) {
            return this;
        }
    }
}
