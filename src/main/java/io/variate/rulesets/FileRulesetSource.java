package io.variate.rulesets;

import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.RulesetDocument;
import io.variate.rulesets.document.RulesetReader;
import io.variate.rulesets.document.RulesetText;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ruleset document in a file: flags as code.
 *
 * <p>Each check reads the file and compares its content with the previous check. The modification time is not reliable:
 * reproducible archives, {@code rsync -t} and {@code cp -p} preserve it, and a mounted volume is swapped behind a symbolic
 * link. An unreadable or invalid file fails each check with the same message until its content changes; the node keeps
 * serving its ruleset.
 *
 * <p>The revision of the document applies if it is higher than the previous one. Otherwise changed content gets the next
 * revision. The previous revision is the served one, or after a restart the one in the disk snapshot. No revision may
 * reappear with different content, because clients cache responses by revision.
 */
public final class FileRulesetSource implements RulesetSource {
    /** All files continue one history: the revision of the file that replaces another is higher. */
    static final String HISTORY = "file";

    private static final Logger log = LoggerFactory.getLogger(FileRulesetSource.class);

    private final Vertx vertx;
    private final Path file;
    /** The content at the last check. It was read as a document or as a failure, the next two fields. */
    private byte @Nullable [] content;

    private @Nullable RulesetDocument written;
    private @Nullable UnreadableSourceException failure;

    /** The revision that the content was last read as: while both stay, the document is not converted again. */
    private @Nullable Revision known;

    /** The file need not exist yet. */
    public FileRulesetSource(Vertx vertx, Path file) {
        this.vertx = vertx;
        this.file = file;
    }

    @Override
    public Origin origin() {
        return Origin.FILE;
    }

    /** Fails with an {@link UnreadableSourceException} that states the file, the position and the reason. */
    @Override
    public Future<RulesetReading> readSince(@Nullable RulesetRows served) {
        return vertx.executeBlocking(() -> read(served));
    }

    private synchronized RulesetReading read(@Nullable RulesetRows served) {
        RulesetDocument document = asWritten();
        if (served != null && served.revision().equals(known)) {
            return new RulesetReading.Unchanged();
        }
        RowSet rows = document.toRowSet(served == null ? RowSet.EMPTY : served.rows());
        long number = document.revision();
        if (served != null) {
            Revision before = served.revision();
            boolean isSame = rows.digest().equals(before.digest());
            if (isSame && number <= before.number() && !before.hasUnknownHistory()) {
                known = before;
                return new RulesetReading.Unchanged();
            }
            number = Math.max(number, isSame ? before.number() : before.number() + 1);
        }
        RulesetRows found = RulesetRows.of(HISTORY, number, rows);
        known = found.revision();
        return new RulesetReading.Whole(found);
    }

    private RulesetDocument asWritten() {
        byte[] bytes = bytes();
        if (!Arrays.equals(bytes, content)) {
            content = bytes;
            written = null;
            failure = null;
            known = null;
            try {
                RulesetReader.Reading reading = RulesetReader.read(RulesetText.decode(bytes));
                reading.problems()
                        .forEach(problem ->
                                log.warn("ruleset problem: {}: {} file={}", problem.path(), problem.reason(), file));
                written = reading.document();
            } catch (InvalidRulesetException e) {
                failure = new UnreadableSourceException(file + ": " + e.getMessage());
            }
        }
        RulesetDocument read = written;
        if (read == null) {
            throw Objects.requireNonNull(failure);
        }
        return read;
    }

    private byte[] bytes() {
        try {
            // Other kinds of files may block the reader, such as pipes, or have no end.
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new UnreadableSourceException(
                        file + (Files.isDirectory(file) ? ": is a directory" : ": is not a regular file"));
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UnreadableSourceException(file + ": " + reason(e));
        }
    }

    /** Exceptions about files have only the file name as their message. */
    private static String reason(IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return "does not exist";
        }
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        String reason = failure instanceof FileSystemException named ? named.getReason() : failure.getMessage();
        return reason == null ? failure.getClass().getSimpleName() : reason;
    }

    @Override
    public void watch(Runnable onChange) {
        // Files send no notifications.
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
