package io.variate.admin.api;

import io.variate.json.ObjectReader;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import io.variate.web.decoding.RequestPath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of {@code POST /api/1/batch}.
 *
 * <p>A write that creates a resource may have a name ({@code as}). Later writes may use {@code $name} instead of the id of
 * that resource: as a segment of their path, and as any text of their body.
 */
final class BatchBody {
    private static final int MOST_WRITES = 1_000;
    private static final Set<String> METHODS = Set.of("POST", "PATCH", "DELETE");
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");
    private static final Set<String> FIELDS = Set.of("as", "method", "path", "ifMatch", "body");

    private BatchBody() {}

    /**
     * One write of a batch, not resolved.
     *
     * @param name of the created resource; null for none
     * @param path decoded segments below {@code /api/1}
     * @param ifMatch the expected version; null for any
     * @param body null for none
     */
    record Entry(
            @Nullable String name,
            String method,
            List<String> path,
            @Nullable Long ifMatch,
            @Nullable Object body) {}

    /**
     * Reads all writes.
     *
     * @throws InvalidRequestException with the path of the first problem
     */
    static List<Entry> read(@Nullable Object tree) {
        List<Problem> found = new ArrayList<>();
        ObjectReader batch = ObjectReader.of(tree, new Problems("", found));
        Set<String> names = new HashSet<>();
        List<Entry> entries = batch.list("writes", (write, place) -> entry(write, place, names));
        batch.rejectUnknownFields(Set.of("writes"));
        if (found.isEmpty() && (entries.isEmpty() || entries.size() > MOST_WRITES)) {
            batch.problem("writes", "must have 1 to " + MOST_WRITES + " elements");
        }
        if (!found.isEmpty()) {
            Problem first = found.get(0);
            throw new InvalidRequestException(ApiError.badRequest(
                    "invalid_batch", first.reason(), first.path().isEmpty() ? "body" : first.path()));
        }
        return entries;
    }

    private static Entry entry(@Nullable Object tree, Problems place, Set<String> names) {
        ObjectReader write = ObjectReader.of(tree, place);
        String name = write.optionalString("as");
        String method = write.string("method");
        String path = write.string("path");
        String ifMatch = write.optionalString("ifMatch");
        write.rejectUnknownFields(FIELDS);
        if (name != null && !NAME.matcher(name).matches()) {
            write.problem("as", "must be a letter and at most 63 letters, digits, - or _");
        } else if (name != null && !names.add(name)) {
            write.problem("as", "must be unique in the batch");
        }
        if (!METHODS.contains(method)) {
            write.problem("method", "must be POST, PATCH or DELETE");
        }
        if (!path.startsWith("/") || path.contains("?")) {
            write.problem("path", "must be a path below /api/1 without query, such as /flags/31");
        }
        return new Entry(name, method, segments(path), version(ifMatch, place), write.value("body"));
    }

    private static List<String> segments(String path) {
        return RequestPath.parts(path).stream()
                .map(part -> RequestPath.decode(part, "path"))
                .toList();
    }

    private static @Nullable Long version(@Nullable String ifMatch, Problems place) {
        return ifMatch == null
                ? null
                : VersionTag.read(List.of(ifMatch), place.member("ifMatch").path());
    }
}
