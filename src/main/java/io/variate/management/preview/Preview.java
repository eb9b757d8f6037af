package io.variate.management.preview;

import io.variate.engine.EvaluationContext;
import io.variate.engine.Excerpt;
import io.variate.simulation.LineSource;
import io.variate.simulation.LineStream;
import io.variate.simulation.SimulatedUser;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who gets another variant if a change is saved: evaluates the flags that it affects for many users, before and after, in
 * batches. Reports for each flag how many users move from which variant to which, with examples and their reasons. Used by
 * one thread at a time; nothing is recorded.
 */
public final class Preview implements LineSource {
    /** Most users times flags whose users may move, which limits time and memory. */
    public static final long MAX_EVALUATIONS = 10_000_000;

    /** Users between two lines of progress. */
    private static final int BATCH = 500;

    /** Flags in one piece of the results. */
    private static final int FLAGS_AT_ONCE = 20;

    /** Most cells of all matrices together. Only a hostile ruleset has so many. */
    private static final int MAX_CELLS = 100_000;

    private final Map<String, @Nullable Object> begin;
    private final List<SimulatedUser> users;
    private final CompiledState before;
    private final CompiledState after;
    private final List<FlagMoves> results;

    /** Those of the results whose users may move. */
    private final List<FlagMoves> compared;

    private final Map<String, Integer> indexes = new HashMap<>();
    private final @Nullable String[] from;
    private final @Nullable String[] to;
    private boolean begun;
    private boolean ended;
    private int done;
    private long moved;
    private int cells;
    private int reported;

    private Preview(
            Map<String, @Nullable Object> begin,
            List<SimulatedUser> users,
            List<AffectedFlag> affected,
            CompiledState before,
            CompiledState after) {
        this.begin = begin;
        this.users = users;
        this.before = before;
        this.after = after;
        this.results = new ArrayList<>();
        this.compared = new ArrayList<>();
        for (AffectedFlag flag : affected) {
            FlagMoves moves = new FlagMoves(flag);
            results.add(moves);
            if (flag.mayMove()) {
                indexes.put(flag.key(), compared.size());
                compared.add(moves);
            }
        }
        this.from = new String[compared.size()];
        this.to = new String[compared.size()];
    }

    /**
     * Compares two states of a project and compiles what the comparison needs. Expensive: call it on a worker thread.
     *
     * @param begin further fields of the first line
     * @param cohortsDiffer whether cohorts have other members after the change
     * @param patternSteps the budget of patterns, as in evaluations
     * @throws TooManyEvaluationsException if the change affects too many flags for so many users
     */
    public static Preview of(
            Map<String, @Nullable Object> begin,
            ProjectState before,
            ProjectState after,
            boolean cohortsDiffer,
            List<SimulatedUser> users,
            int patternSteps) {
        List<AffectedFlag> affected = AffectedFlags.of(before.flags(), after.flags(), cohortsDiffer);
        List<String> compared = affected.stream()
                .filter(AffectedFlag::mayMove)
                .map(AffectedFlag::key)
                .toList();
        if ((long) compared.size() * users.size() > MAX_EVALUATIONS) {
            throw new TooManyEvaluationsException(compared.size(), MAX_EVALUATIONS / compared.size());
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>(begin);
        fields.put("users", (long) users.size());
        fields.put("flags", (long) affected.size());
        return new Preview(
                fields,
                users,
                affected,
                CompiledState.compile(before, compared, patternSteps),
                CompiledState.compile(after, compared, patternSteps));
    }

    @Override
    public List<Map<String, @Nullable Object>> next() {
        if (!begun) {
            begun = true;
            return List.of(LineStream.line("begin", begin));
        }
        if (done < users.size()) {
            advance();
            return List.of(LineStream.line("progress", Map.of("done", (long) done)));
        }
        if (reported < results.size()) {
            return report();
        }
        if (ended) {
            return List.of();
        }
        ended = true;
        return List.of(LineStream.line("end", Map.of("done", (long) done, "moved", moved)));
    }

    /** Evaluates a batch; nobody moves without a flag to compare. */
    private void advance() {
        int end = compared.isEmpty() ? users.size() : Math.min(users.size(), done + BATCH);
        for (; done < end; done++) {
            if (!compared.isEmpty()) {
                compare(users.get(done));
            }
        }
    }

    private void compare(SimulatedUser user) {
        before.evaluate(user, indexes, from);
        after.evaluate(user, indexes, to);
        boolean anyMoved = false;
        for (int i = 0; i < from.length; i++) {
            FlagMoves moves = compared.get(i);
            int size = moves.cells();
            boolean isExample = moves.count(from[i], to[i], cells < MAX_CELLS);
            cells += moves.cells() - size;
            anyMoved |= !Objects.equals(from[i], to[i]);
            if (isExample) {
                moves.addExample(from[i], to[i], example(user, moves.key()));
            }
        }
        moved += anyMoved ? 1 : 0;
    }

    private Map<String, @Nullable Object> example(SimulatedUser user, String key) {
        Map<String, @Nullable Object> example = new LinkedHashMap<>();
        example.put("user", identity(user));
        putUnlessNull(example, "before", before.explain(user, key));
        putUnlessNull(example, "after", after.explain(user, key));
        return example;
    }

    /** The ids of a user, and its number in the request, because a user may have no id. */
    private Map<String, @Nullable Object> identity(SimulatedUser user) {
        EvaluationContext context = before.read(user);
        Map<String, @Nullable Object> identity = new LinkedHashMap<>();
        identity.put("number", done + 1L);
        putUnlessNull(identity, "user_id", Excerpt.of(context.userId()));
        putUnlessNull(identity, "device_id", Excerpt.of(context.deviceId()));
        return identity;
    }

    private static void putUnlessNull(Map<String, @Nullable Object> tree, String name, @Nullable Object value) {
        if (value != null) {
            tree.put(name, value);
        }
    }

    private List<Map<String, @Nullable Object>> report() {
        int end = Math.min(results.size(), reported + FLAGS_AT_ONCE);
        List<Map<String, @Nullable Object>> lines = new ArrayList<>();
        for (; reported < end; reported++) {
            lines.add(results.get(reported).line());
        }
        return lines;
    }
}
