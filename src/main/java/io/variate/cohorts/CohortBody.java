package io.variate.cohorts;

import io.variate.gzip.Gzip;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A cohort in the JSON that clients download; thread-safe. */
public sealed interface CohortBody {

    /** The body of a cohort of a ruleset document, which is small. */
    final class InMemory implements CohortBody {
        private final Buffer json;
        private volatile @Nullable Buffer gzip;

        InMemory(Buffer json) {
            this.json = json;
        }

        /** The JSON; never written to. */
        public Buffer json() {
            return json;
        }

        /** The JSON, compressed on a worker thread when it is first asked for; never written to. */
        public Future<Buffer> gzip(Vertx vertx) {
            Buffer known = gzip;
            return known == null
                    ? vertx.executeBlocking(() -> compress(json), false).onSuccess(made -> gzip = made)
                    : Future.succeededFuture(known);
        }

        private static Buffer compress(Buffer json) {
            return Buffer.buffer(Gzip.small(json.getBytes()));
        }
    }

    /**
     * The body of a cohort that was uploaded.
     *
     * @param json a file with the JSON
     * @param gzip a file with the JSON, compressed
     */
    record OnDisk(Path json, Path gzip) implements CohortBody {}
}
