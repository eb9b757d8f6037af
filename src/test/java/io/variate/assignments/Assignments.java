package io.variate.assignments;

import io.variate.engine.CompiledFlags;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Assignments of real evaluations. The only place in these tests that evaluates. */
public final class Assignments {
    /** 01:00 UTC of the 20,012th day since 1970. */
    static final long TIME = 20_012L * 86_400_000 + 3_600_000;

    private final CompiledFlags flags;
    private final long revision;

    private Assignments(CompiledFlags flags, long revision) {
        this.flags = flags;
        this.revision = revision;
    }

    /** Of flags in a JSON array, as revision 7. */
    static Assignments of(String json) {
        return of(json, 7);
    }

    static Assignments of(String json, long revision) {
        return new Assignments(compile(json), revision);
    }

    /** Flags in a JSON array. */
    public static CompiledFlags compile(String json) {
        List<Flag> read = new ArrayList<>();
        for (Object tree : (List<?>) Objects.requireNonNull(Json.parse(json))) {
            read.add(((FlagReading.Accepted) FlagReader.read(tree, "flags")).flag());
        }
        return CompiledFlags.compile(read);
    }

    Assignment to(@Nullable String userJson, @Nullable String userId, @Nullable String deviceId) {
        EvaluationContext context = flags.planAll().read(userJson, userId, deviceId);
        return new Assignment(context, Evaluation.of(context), revision, "", "checkout", TIME);
    }

    Assignment to(@Nullable String userId, @Nullable String deviceId) {
        return to(null, userId, deviceId);
    }
}
