package io.variate.rulesets;

import io.variate.rulesets.document.EncodedRuleset;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.RulesetReader;
import io.variate.rulesets.document.RulesetText;
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
 * <p>Each check reads the file and compares its content with that of the check before. Its modification time says nothing:
 * reproducible archives, {@code rsync -t} and {@code cp -p} keep it, and a mounted volume is exchanged behind a symbolic
 * link. A file that cannot be read, or not as a document, fails each check with the same message until its content changes;
 * the ruleset served stays.
 *
 * <p>The revision of the document counts if it is higher than the one before; another text without a higher revision gets
 * the next one. The one before is what is served, or after a restart what the disk snapshot holds: a revision must not come
 * back with another text, for clients keep answers by it.
 */
public final class FileRulesetSource implements RulesetSource {
    private static final Logger log = LoggerFactory.getLogger(FileRulesetSource.class);

    private final Vertx vertx;
    private final Path file;
    private final RulesetSnapshot snapshot;
    /** What the last check found, and what it was read as: a ruleset or a failure. */
    private byte @Nullable [] content;

    private @Nullable EncodedRuleset written;
    private @Nullable UnreadableSourceException failure;

    /**
     * The file may be missing now and come later.
     *
     * @param dataDir where the snapshot of this node is
     */
    public FileRulesetSource(Vertx vertx, Path file, Path dataDir) {
        this.vertx = vertx;
        this.file = file;
        this.snapshot = new RulesetSnapshot(dataDir);
    }

    @Override
    public Origin origin() {
        return Origin.FILE;
    }

    /** Fails with an {@link UnreadableSourceException} that names the file, the position and the reason. */
    @Override
    public Future<@Nullable EncodedRuleset> loadUnless(@Nullable EncodedRuleset served) {
        return vertx.executeBlocking(() -> read(served));
    }

    private synchronized @Nullable EncodedRuleset read(@Nullable EncodedRuleset served) {
        EncodedRuleset found = asWritten();
        EncodedRuleset before = served == null ? fromSnapshot() : served;
        if (before == null) {
            return found;
        }
        if (found.json().equals(before.json())) {
            return served == null ? before : null;
        }
        return new EncodedRuleset(Math.max(found.revision(), before.revision() + 1), found.json());
    }

    /** The document with the revision that it states. */
    private EncodedRuleset asWritten() {
        byte[] bytes = bytes();
        if (!Arrays.equals(bytes, content)) {
            content = bytes;
            written = null;
            failure = null;
            try {
                String json = RulesetText.decode(bytes);
                written = new EncodedRuleset(RulesetReader.read(json).document().revision(), json);
            } catch (InvalidRulesetException e) {
                failure = new UnreadableSourceException(file + ": " + e.getMessage());
            }
        }
        EncodedRuleset read = written;
        if (read == null) {
            throw Objects.requireNonNull(failure);
        }
        return read;
    }

    private byte[] bytes() {
        try {
            // Others block whoever reads them, such as a pipe, or have no end.
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new UnreadableSourceException(
                        file + (Files.isDirectory(file) ? ": is a directory" : ": is not a regular file"));
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UnreadableSourceException(file + ": " + reason(e));
        }
    }

    /** The exceptions of files have their names for a message. */
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

    private @Nullable EncodedRuleset fromSnapshot() {
        try {
            return snapshot.read();
        } catch (IOException e) {
            log.warn("cannot use the ruleset snapshot: {}", e.toString());
            return null;
        }
    }

    @Override
    public void watch(Runnable onChange) {
        // A file says nothing.
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
