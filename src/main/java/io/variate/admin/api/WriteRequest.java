package io.variate.admin.api;

import io.variate.json.ObjectReader;
import io.variate.json.Problem;
import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request that writes one resource, alone or in a batch. Used by one thread at a time.
 *
 * @param parameters of the path
 * @param query of the request; empty in a batch
 * @param ifMatch the expected version; null for any
 * @param body null for none
 * @param place of the body in errors: empty, or {@code writes[3].body}
 * @param warnings problems that do not prevent the write
 */
record WriteRequest(
        Map<String, String> parameters,
        Query query,
        @Nullable Long ifMatch,
        @Nullable Object body,
        String place,
        Set<Problem> warnings) {

    /** A request without warnings. */
    static WriteRequest of(
            Map<String, String> parameters, Query query, @Nullable Long ifMatch, @Nullable Object body, String place) {
        return new WriteRequest(parameters, query, ifMatch, body, place, new LinkedHashSet<>());
    }

    /** A parameter of the path. */
    String parameter(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw new IllegalStateException("the path has no parameter " + name);
        }
        return value;
    }

    /** The id of the resource in the path. */
    long id(ResourceCollection collection) {
        return collection.id(parameter("id"));
    }

    /** The members of the body, which must be an object. */
    Map<String, @Nullable Object> members() {
        return read(problems -> ObjectReader.of(body, problems).members());
    }

    /**
     * Reads something from the body.
     *
     * @param reader adds the problems that it finds; null only after an error
     * @throws InvalidBodyException with all errors
     */
    <T> T read(Function<Problems, @Nullable T> reader) {
        List<Problem> found = new ArrayList<>();
        T result = reader.apply(new Problems(place, found));
        List<Problem> errors = found.stream().filter(Problem::isError).toList();
        if (!errors.isEmpty()) {
            throw new InvalidBodyException(errors);
        }
        if (result == null) {
            throw new IllegalStateException("a reader that returns null must add an error");
        }
        warnings.addAll(found);
        return result;
    }

    /** Adds a warning about a part of the body. */
    void warn(String field, String reason) {
        warnings.add(new Problem(
                Problem.Severity.WARNING,
                new Problems(place, new ArrayList<>()).member(field).path(),
                reason));
    }

    /** An error about a part of the body. */
    InvalidBodyException invalid(String field, String reason) {
        return new InvalidBodyException(List.of(
                new Problem(new Problems(place, new ArrayList<>()).member(field).path(), reason)));
    }

    /** Rejects a body with other members. */
    void rejectOthers(Set<String> known) {
        read(problems -> {
            ObjectReader reader = ObjectReader.of(body, problems);
            reader.rejectUnknownFields(known);
            return reader;
        });
    }
}
