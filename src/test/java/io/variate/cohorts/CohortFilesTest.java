package io.variate.cohorts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.cohorts.CohortBody.OnDisk;
import io.variate.store.StoredCohort;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CohortFilesTest {
    private static final List<String> MEMBERS = List.of("alice", "\ud83d\ude80 \"\\\n", "half \ud800");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dataDir;

    @Test
    void readsACohortAfterARestart() throws IOException {
        write("c \",\"memberIds\":[", 5, MEMBERS);

        Cohort cohort = loaded("c \",\"memberIds\":[");

        assertThat(cohort.id()).isEqualTo("c \",\"memberIds\":[");
        assertThat(cohort.groupType()).isEqualTo("org");
        assertThat(cohort.lastModified()).isEqualTo(5);
        assertThat(cohort.size()).isEqualTo(3);
        assertThat(MEMBERS).allMatch(cohort.members()::contains);
        assertThat(cohort.members().contains("bob")).isFalse();
    }

    @Test
    void theCompressedFileHasTheSameContent() throws IOException {
        OnDisk body = (OnDisk) write("c", 5, MEMBERS).body();

        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(body.gzip()))) {
            assertThat(in.readAllBytes()).isEqualTo(Files.readAllBytes(body.json()));
        }
        assertThat(Files.readAllBytes(body.json()))
                .isEqualTo(CohortFormat.write(new CohortHead("c", "org", 5, 3), MEMBERS)
                        .getBytes());
    }

    @Test
    void readsTheNewestVersionAndDeletesTheOthers() throws IOException {
        write("c", 5, List.of("old"));
        write("c", 6, List.of("new"));

        Cohort cohort = loaded("c");

        assertThat(cohort.members().contains("new")).isTrue();
        assertThat(names()).hasSize(2);
    }

    @Test
    void skipsADamagedCohort() throws IOException {
        OnDisk damaged = (OnDisk) write("c", 5, MEMBERS).body();
        write("d", 5, MEMBERS);
        byte[] bytes = Files.readAllBytes(damaged.json());
        bytes[bytes.length - 5] ^= 1;
        Files.write(damaged.json(), bytes);

        assertThat(new CohortFiles(dataDir).load()).containsOnlyKeys(new CohortId("", "d"));
    }

    @Test
    void recreatesAMissingCompressedFile() throws IOException {
        OnDisk body = (OnDisk) write("c", 5, MEMBERS).body();
        Files.delete(body.gzip());

        new CohortFiles(dataDir).load();

        assertThat(body.gzip()).exists();
    }

    @Test
    void rejectsContentOtherThanAnnouncedAndDeletesIt() throws IOException {
        StoredCohort head = head("c", 5, MEMBERS);
        CohortDraft draft = new CohortFiles(dataDir).draft(new CohortId("", "c"), head);
        draft.append("\"alice\"".getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(draft::finish).isInstanceOf(IOException.class);
        draft.close();

        assertThat(names()).isEmpty();
        assertThat(new CohortFiles(dataDir).load()).isEmpty();
    }

    @Test
    void deletesUnfinishedFilesOfAnEarlierRun() throws IOException {
        CohortDraft left = new CohortFiles(dataDir).draft(new CohortId("", "c"), head("c", 5, MEMBERS));
        left.append("\"al".getBytes(StandardCharsets.UTF_8));

        assertThat(new CohortFiles(dataDir).load()).isEmpty();
        assertThat(names()).isEmpty();
    }

    @Test
    void aNamedProjectKeepsItsCohortApartFromOneWithTheSameId() throws IOException {
        write("beta", 5, List.of("alice"));
        write(new CohortId("sh\n\"op", "beta"), 5, List.of("bob"));

        Map<CohortId, OnDiskCohort> loaded = new CohortFiles(dataDir).load();

        assertThat(loaded).containsOnlyKeys(new CohortId("", "beta"), new CohortId("sh\n\"op", "beta"));
        assertThat(loaded.values()).allMatch(found -> found.cohort().id().equals("beta"));
        Cohort ofProject = Objects.requireNonNull(loaded.get(new CohortId("sh\n\"op", "beta")))
                .cohort();
        assertThat(ofProject.members().contains("bob")).isTrue();
        assertThat(ofProject.members().contains("alice")).isFalse();
    }

    @Test
    void aDownloadOfANamedProjectDoesNotStateTheProject() throws IOException {
        OnDisk body = (OnDisk) write(new CohortId("shop", "beta"), 5, MEMBERS).body();
        byte[] file = Files.readAllBytes(body.json());
        byte[] json =
                CohortFormat.write(new CohortHead("beta", "org", 5, 3), MEMBERS).getBytes();

        assertThat(Arrays.copyOfRange(file, (int) body.start(), file.length)).isEqualTo(json);
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(body.gzip()))) {
            assertThat(in.readAllBytes()).isEqualTo(json);
        }
    }

    /** A release without projects must not serve such a file under the bare id. */
    @Test
    void aFileOfANamedProjectIsNoJsonObject() throws IOException {
        OnDisk body = (OnDisk) write(new CohortId("shop", "beta"), 5, MEMBERS).body();
        String file = Files.readString(body.json());
        String start = file.substring(0, file.indexOf('[') + 1) + "]}";

        assertThatThrownBy(() -> new JsonObject(start)).isInstanceOf(DecodeException.class);
    }

    /** Such a file comes from a release without projects. */
    @Test
    void skipsAFileWhoseIdContainsTheProject() throws IOException {
        OnDisk body = (OnDisk) write("shop-beta", 5, MEMBERS).body();
        Files.writeString(body.json(), Files.readString(body.json()).replace("shop-beta", "shop\\u001fbeta"));

        assertThat(new CohortFiles(dataDir).load()).isEmpty();
        assertThat(names()).isEmpty();
    }

    private Cohort loaded(String id) throws IOException {
        return Objects.requireNonNull(new CohortFiles(dataDir).load().get(new CohortId("", id)))
                .cohort();
    }

    private Cohort write(String id, long lastModified, List<String> members) throws IOException {
        return write(new CohortId("", id), lastModified, members);
    }

    private Cohort write(CohortId id, long lastModified, List<String> members) throws IOException {
        try (CohortDraft draft = new CohortFiles(dataDir).draft(id, head(id.text(), lastModified, members))) {
            byte[] list = list(members);
            for (byte b : list) {
                draft.append(new byte[] {b});
            }
            return draft.finish();
        }
    }

    private static StoredCohort head(String id, long lastModified, List<String> members) throws IOException {
        byte[] list = list(members);
        CRC32C checksum = new CRC32C();
        checksum.update(list);
        return new StoredCohort(id, "org", lastModified, members.size(), list.length, checksum.getValue(), 1);
    }

    private static byte[] list(List<String> members) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        MemberList list = new MemberList(bytes);
        for (String member : members) {
            list.add(member);
        }
        return bytes.toByteArray();
    }

    private List<Path> names() throws IOException {
        try (Stream<Path> files = Files.list(dataDir.resolve("cohorts"))) {
            return files.toList();
        }
    }
}
