package io.variate.cohorts;

import io.variate.cohorts.CohortBody.OnDisk;
import io.variate.files.PrivateFiles;
import io.variate.store.StoredCohort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The uploaded cohorts on the disk of this node. Downloads are served from them, and a node can start from them while
 * every other source is down.
 *
 * <p>Each cohort has two files, the plain JSON and its gzip, named after the hash of the id, the time of the last change
 * and the CRC-32C of the members. Complete files are moved into place, the plain one last, and never modified. Blocks.
 */
final class CohortFiles {
    private static final Logger log = LoggerFactory.getLogger(CohortFiles.class);
    private static final String JSON = ".json";
    private static final String GZIP = ".json.gz";
    private static final String UNFINISHED = ".new";

    private final Path directory;

    /** Creates nothing on disk. */
    CohortFiles(Path dataDir) {
        this.directory = dataDir.resolve("cohorts").toAbsolutePath();
    }

    /** The path of a new unfinished file with a unique name. The file does not exist yet, but its directory does. */
    Path unfinished() throws IOException {
        PrivateFiles.createDirectories(directory);
        return directory.resolve(UUID.randomUUID() + UNFINISHED);
    }

    /** Creates an empty unfinished file for the body of an upload. */
    Path createForUpload() throws IOException {
        Path file = unfinished();
        PrivateFiles.create(file);
        return file;
    }

    /** The file for the list of members of a body that was received into a file. */
    static Path listOf(Path body) {
        return body.resolveSibling(body.getFileName() + ".list" + UNFINISHED);
    }

    /** Starts writing a cohort. */
    CohortDraft draft(CohortId id, StoredCohort head) throws IOException {
        return new CohortDraft(id, head, unfinished(), bodyOf(id, head));
    }

    /** The files of a cohort with exactly this content, whether they exist or not. */
    OnDisk bodyOf(CohortId id, StoredCohort head) {
        String name = "%s-%d-%08x".formatted(hash(id.text()), head.lastModified(), head.checksum());
        return new OnDisk(
                directory.resolve(name + JSON), CohortFormat.projectLine(id).length, directory.resolve(name + GZIP));
    }

    /** Reads all cohorts, skipping damaged files, and deletes every file that belongs to none of them. */
    Map<CohortId, OnDiskCohort> load() throws IOException {
        if (!Files.isDirectory(directory)) {
            return Map.of();
        }
        Map<CohortId, OnDiskCohort> newest = new HashMap<>();
        for (Path file : newestFirst()) {
            OnDiskCohort found = read(file);
            if (found != null) {
                newest.putIfAbsent(found.id(), found);
            }
        }
        keepOnly(newest.values());
        return Map.copyOf(newest);
    }

    /** Orders by the time of writing: after a restore of the database, the cohort served last may be the older one. */
    private List<Path> newestFirst() throws IOException {
        Map<Path, FileTime> written = new HashMap<>();
        for (Path file : files()) {
            if (file.toString().endsWith(JSON)) {
                written.put(file, Files.getLastModifiedTime(file));
            }
        }
        return written.entrySet().stream()
                .sorted(Map.Entry.<Path, FileTime>comparingByValue()
                        .thenComparing(entry -> entry.getKey().getFileName().toString())
                        .reversed())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Deletes the files of a cohort that is no longer served. Downloads in progress are not affected. */
    void delete(OnDisk body) {
        try {
            Files.deleteIfExists(body.json());
            Files.deleteIfExists(body.gzip());
        } catch (IOException e) {
            log.warn(
                    "cannot delete a former cohort: {} file={}",
                    e.toString(),
                    body.json().getFileName());
        }
    }

    private @Nullable OnDiskCohort read(Path json) {
        try {
            return CohortDraft.reopen(json, json.resolveSibling(json.getFileName() + ".gz"), checksumOf(json));
        } catch (IOException | RuntimeException e) {
            log.warn("cannot read a cohort on disk: {}; fetching it again file={}", e.toString(), json.getFileName());
            return null;
        }
    }

    private static long checksumOf(Path json) {
        String name = json.getFileName().toString();
        return Long.parseLong(name.substring(name.lastIndexOf('-') + 1, name.length() - JSON.length()), 16);
    }

    private void keepOnly(Collection<OnDiskCohort> found) throws IOException {
        Set<Path> kept = found.stream()
                .map(OnDiskCohort::body)
                .flatMap(body -> Stream.of(body.json(), body.gzip()))
                .collect(Collectors.toSet());
        for (Path file : files()) {
            if (!kept.contains(file)) {
                Files.delete(file);
            }
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** An id may contain characters that file names cannot. */
    private static String hash(String id) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(Arrays.copyOf(digest, 16));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
