package io.variate.rulesets;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * A ruleset document in a file: flags as code.
 *
 * <p>The file is looked at again with every check, by its time and then its text, which also sees a mounted volume
 * being exchanged. A change of the text without a higher {@code revision} gets the next one.
 */
public final class FileRulesetSource implements RulesetSource {
    private final Vertx vertx;
    private final Path file;
    private @Nullable FileTime time;
    private @Nullable EncodedRuleset last;

    /** The file may be missing now and come later. */
    public FileRulesetSource(Vertx vertx, Path file) {
        this.vertx = vertx;
        this.file = file;
    }

    @Override
    public Origin origin() {
        return Origin.FILE;
    }

    @Override
    public Future<@Nullable EncodedRuleset> loadUnless(long known) {
        return vertx.executeBlocking(() -> read(known));
    }

    private synchronized @Nullable EncodedRuleset read(long known) throws IOException {
        EncodedRuleset current = last;
        FileTime modified = Files.getLastModifiedTime(file);
        if (current == null || !modified.equals(time)) {
            String json = Files.readString(file);
            if (current == null || !current.json().equals(json)) {
                current = encode(json, current == null ? -1 : Math.max(known, current.revision()));
                last = current;
            }
            time = modified;
        }
        return current.revision() == known ? null : current;
    }

    private static EncodedRuleset encode(String json, long earlier) {
        long written = RulesetReader.read(json).document().revision();
        return new EncodedRuleset(Math.max(written, earlier + 1), json);
    }

    @Override
    public Future<Void> watch(Runnable onChange) {
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
