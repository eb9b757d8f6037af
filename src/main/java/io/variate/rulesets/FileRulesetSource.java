package io.variate.rulesets;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ruleset document in a file: flags as code.
 *
 * <p>The file is looked at with every check, by its time and then its text, which also sees a mounted volume being
 * exchanged. Its revision counts if it is higher than the one before; another text without a higher revision gets the
 * next one. The one before is what is served, or after a restart what the disk snapshot holds: a revision must not come
 * back with another text, for clients keep answers by it.
 */
public final class FileRulesetSource implements RulesetSource {
    private static final Logger log = LoggerFactory.getLogger(FileRulesetSource.class);

    private final Vertx vertx;
    private final Path file;
    private final RulesetSnapshot snapshot;
    private @Nullable FileTime time;
    private @Nullable EncodedRuleset written;

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

    @Override
    public Future<@Nullable EncodedRuleset> loadUnless(@Nullable EncodedRuleset served) {
        return vertx.executeBlocking(() -> read(served));
    }

    private synchronized @Nullable EncodedRuleset read(@Nullable EncodedRuleset served) throws IOException {
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
    private EncodedRuleset asWritten() throws IOException {
        FileTime modified = Files.getLastModifiedTime(file);
        EncodedRuleset known = written;
        if (known != null && modified.equals(time)) {
            return known;
        }
        String json = Files.readString(file);
        EncodedRuleset read =
                new EncodedRuleset(RulesetReader.read(json).document().revision(), json);
        written = read;
        time = modified;
        return read;
    }

    private @Nullable EncodedRuleset fromSnapshot() {
        try {
            return snapshot.read();
        } catch (IOException e) {
            log.warn("the ruleset snapshot cannot be used: {}", e.toString());
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
