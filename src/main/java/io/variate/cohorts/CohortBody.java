package io.variate.cohorts;

import io.variate.gzip.Gzip;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/** The JSON of a cohort, as clients download it. Thread-safe. */
public sealed interface CohortBody {

    /** The body of a cohort from a ruleset document, which is small and written when it is first downloaded. */
    final class InMemory implements CohortBody {
        private final CohortHead head;
        private final Collection<String> memberIds;
        private volatile @Nullable Buffer json;
        private volatile @Nullable Buffer gzip;

        InMemory(CohortHead head, Collection<String> memberIds) {
            this.head = head;
            this.memberIds = memberIds;
        }

        /** The same members under another head. */
        InMemory with(CohortHead other) {
            return new InMemory(other, memberIds);
        }

        /** The JSON, written on a worker thread by the first call; callers must not modify it. */
        public Future<Buffer> json(Vertx vertx) {
            Buffer known = json;
            return known == null ? vertx.executeBlocking(this::write, false) : Future.succeededFuture(known);
        }

        /** The JSON, compressed on a worker thread by the first call; callers must not modify it. */
        public Future<Buffer> gzip(Vertx vertx) {
            Buffer known = gzip;
            return known == null ? vertx.executeBlocking(this::compress, false) : Future.succeededFuture(known);
        }

        /** Under a lock, so that concurrent first downloads hold one copy. */
        private synchronized Buffer write() {
            Buffer known = json;
            if (known == null) {
                known = CohortFormat.write(head, new LinkedHashSet<>(memberIds));
                json = known;
            }
            return known;
        }

        private synchronized Buffer compress() {
            Buffer known = gzip;
            if (known == null) {
                known = Buffer.buffer(Gzip.small(write().getBytes()));
                gzip = known;
            }
            return known;
        }
    }

    /**
     * The body of an uploaded cohort.
     *
     * @param json file that ends with the JSON
     * @param start position of the JSON in that file, in bytes; before it is the key of a named project
     * @param gzip file with the JSON, compressed with gzip
     */
    record OnDisk(Path json, long start, Path gzip) implements CohortBody {}
}
