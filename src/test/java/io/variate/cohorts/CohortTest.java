package io.variate.cohorts;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.cohorts.CohortBody.InMemory;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.util.AbstractCollection;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class CohortTest {

    @Test
    void aLaterTimeOfChangeSharesTheMembersAndReadsNone() {
        CountedReads members = new CountedReads(List.of("alice", "bob"));
        Cohort cohort = Cohort.ofDocument("beta", "User", 5, members);
        int before = members.reads.get();

        Cohort later = cohort.at(6);

        assertThat(later.members()).isSameAs(cohort.members());
        assertThat(members.reads).hasValue(before);
        assertThat(cohort.at(5)).isSameAs(cohort);
    }

    @Test
    void theBodyIsWrittenOnceOnTheFirstDownload(Vertx vertx) throws Exception {
        CountedReads members = new CountedReads(List.of("alice", "bob", "alice"));
        Cohort cohort = Cohort.ofDocument("beta", "User", 5, members).at(6);
        int before = members.reads.get();

        JsonObject first = json(vertx, cohort);
        JsonObject second = json(vertx, cohort);

        assertThat(first).isEqualTo(second);
        assertThat(first.getLong("lastModified")).isEqualTo(6);
        assertThat(first.getJsonArray("memberIds")).containsExactly("alice", "bob");
        assertThat(members.reads).hasValue(before + 1);
    }

    private static JsonObject json(Vertx vertx, Cohort cohort) throws Exception {
        return ((InMemory) cohort.body())
                .json(vertx)
                .await(20, TimeUnit.SECONDS)
                .toJsonObject();
    }

    /** Counts how often it is read from its start. */
    private static final class CountedReads extends AbstractCollection<String> {
        private final List<String> ids;
        private final AtomicInteger reads = new AtomicInteger();

        CountedReads(List<String> ids) {
            this.ids = ids;
        }

        @Override
        public Iterator<String> iterator() {
            reads.incrementAndGet();
            return ids.iterator();
        }

        @Override
        public int size() {
            return ids.size();
        }
    }
}
