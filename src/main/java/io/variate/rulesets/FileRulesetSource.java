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
 * <p>Each check reads the file and compares its content with the previous check. The modification time is not reliable:
 * reproducible archives, {@code rsync -t} and {@code cp -p} preserve it, and a mounted volume is swapped behind a symbolic
 * link. An unreadable or invalid file fails each check with the same message until its content changes; the node keeps
 * serving its ruleset.
 *
 * <p>The revision of the document applies if it is higher than the previous one. Otherwise a changed text gets the next
 * revision. The previous revision is the served one, or after a restart the one in the disk snapshot. No revision may
 * reappear with a different text, because clients cache responses by revision.
 */
public final class FileRulesetSource implements RulesetSource {
    private static final Logger log = LoggerFactory.getLogger(FileRulesetSource.class);

    private final Vertx vertx;
    private final Path file;
    private final RulesetSnapshot snapshot;
    /** The content at the last check. It was read as a ruleset or as a failure, the next two fields. */
    private byte @Nullable [] content;

    private @Nullable EncodedRuleset written;
    private @Nullable UnreadableSourceException failure;

    /**
     * The file need not exist yet.
     *
     * @param dataDir the directory with the snapshot of this node
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

    /** Fails with an {@link UnreadableSourceException} that states the file, the position and the reason. */
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

    /** The document, with its own revision. */
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

    private @Nullable EncodedRuleset fromSnapshot() {
        try {
            return snapshot.read();
        } catch (IOException e) {
            log.warn("cannot read the ruleset snapshot: {}", e.toString());
            return null;
        }
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
