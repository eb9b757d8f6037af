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
 * The uploaded cohorts of a node on its disk: what downloads are served from, and what a node starts from with everything
 * else down.
 *
 * <p>Two files for each, the download and its compressed form, named after the id's hash, the time of the last change and
 * the CRC-32C of the members. They come into their place when they are complete, the plain one last, and are never changed
 * then. Blocks.
 */
final class CohortFiles {
    private static final Logger log = LoggerFactory.getLogger(CohortFiles.class);
    private static final String JSON = ".json";
    private static final String GZIP = ".json.gz";
    private static final String UNFINISHED = ".new";

    private final Path directory;

    /** Nothing is made before it is needed. */
    CohortFiles(Path dataDir) {
        this.directory = dataDir.resolve("cohorts").toAbsolutePath();
    }

    /** A file for what is under way, of a name that no other has; it does not exist yet, but its directory does. */
    Path unfinished() throws IOException {
        PrivateFiles.createDirectories(directory);
        return directory.resolve(UUID.randomUUID() + UNFINISHED);
    }

    /** An empty file for a body that is received, see {@link #unfinished}. */
    Path received() throws IOException {
        Path file = unfinished();
        PrivateFiles.create(file);
        return file;
    }

    /** Begins to write a cohort. */
    CohortDraft draft(StoredCohort head) throws IOException {
        return new CohortDraft(head, unfinished(), bodyOf(head));
    }

    /** Where a cohort of just that content is kept, or would be. */
    OnDisk bodyOf(StoredCohort head) {
        String name = "%s-%d-%08x".formatted(hash(head.id()), head.lastModified(), head.checksum());
        return new OnDisk(directory.resolve(name + JSON), directory.resolve(name + GZIP));
    }

    /** Reads the cohorts that are there, leaving out what is damaged, and deletes what belongs to none. */
    List<Cohort> load() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        Map<String, Cohort> newest = new HashMap<>();
        for (Path file : writtenLastFirst()) {
            Cohort cohort = read(file);
            if (cohort != null) {
                newest.putIfAbsent(cohort.id(), cohort);
            }
        }
        keepOnly(newest.values());
        return List.copyOf(newest.values());
    }

    /** What was written last was served last; after the database was restored, that may be the older cohort. */
    private List<Path> writtenLastFirst() throws IOException {
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

    /** Deletes the files of a cohort that is served no longer; downloads that have begun go on. */
    void delete(OnDisk body) {
        try {
            Files.deleteIfExists(body.json());
            Files.deleteIfExists(body.gzip());
        } catch (IOException e) {
            log.warn("a file of a former cohort cannot be deleted: {}", e.toString());
        }
    }

    private @Nullable Cohort read(Path json) {
        try {
            return CohortDraft.reopen(
                    new OnDisk(json, json.resolveSibling(json.getFileName() + ".gz")), checksumOf(json));
        } catch (IOException | RuntimeException e) {
            log.warn("a cohort on the disk cannot be used: {}: {}", json.getFileName(), e.toString());
            return null;
        }
    }

    private static long checksumOf(Path json) {
        String name = json.getFileName().toString();
        return Long.parseLong(name.substring(name.lastIndexOf('-') + 1, name.length() - JSON.length()), 16);
    }

    private void keepOnly(Collection<Cohort> cohorts) throws IOException {
        Set<Path> kept = cohorts.stream()
                .map(cohort -> (OnDisk) cohort.body())
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

    /** An id may hold what no file name can. */
    private static String hash(String id) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(Arrays.copyOf(digest, 16));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
