package io.variate.cohorts;

import io.variate.gzip.Gzip;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The JSON of a cohort, as clients download it. Thread-safe. */
public sealed interface CohortBody {

    /** The body of a cohort from a ruleset document, which is small. */
    final class InMemory implements CohortBody {
        private final Buffer json;
        private volatile @Nullable Buffer gzip;

        InMemory(Buffer json) {
            this.json = json;
        }

        /** The JSON; callers must not modify it. */
        public Buffer json() {
            return json;
        }

        /** The JSON, compressed on a worker thread by the first call; callers must not modify it. */
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
     * The body of an uploaded cohort.
     *
     * @param json file with the JSON
     * @param gzip file with the JSON, compressed with gzip
     */
    record OnDisk(Path json, Path gzip) implements CohortBody {}
}
