package io.variate.management;

import io.variate.json.Problem;
import io.variate.rulesets.document.InvalidRulesetException;
import java.util.List;
import java.util.function.Supplier;

/**
 * Names the write of a batch, such as {@code writes[3]}, in rejections of what it writes. Without a batch, rejections stay
 * as they are. Used by one thread at a time.
 */
final class WritePlaces {
    private static final String WRITES = "writes[";

    private final boolean isBatch;
    private final List<Long> targets;

    /**
     * @param isBatch whether rejections name their write
     * @param targets the resource of each write, in their order; may grow
     */
    WritePlaces(boolean isBatch, List<Long> targets) {
        this.isBatch = isBatch;
        this.targets = targets;
    }

    /** Runs a check of a resource that a write names, or that changes because of it. */
    void check(long id, Runnable check) {
        of(id, () -> {
            check.run();
            return null;
        });
    }

    /** As {@link #check}, with a result. */
    <T> T of(long id, Supplier<T> work) {
        try {
            return work.get();
        } catch (RejectedWriteException e) {
            throw located(id, e);
        } catch (InvalidRulesetException e) {
            int write = targets.indexOf(id);
            if (!isBatch || write < 0) {
                throw e;
            }
            throw new InvalidRulesetException(e.problems().stream()
                    .map(problem -> new Problem(
                            problem.severity(), WRITES + write + "].body." + problem.path(), problem.reason()))
                    .toList());
        }
    }

    /**
     * The errors of rows with the places of the writes that lead to them.
     *
     * @param rows the path of the row of each write, in their order; empty for none
     */
    InvalidRulesetException ofRows(InvalidRulesetException errors, List<String> rows) {
        return isBatch
                ? new InvalidRulesetException(errors.problems().stream()
                        .map(problem -> ofRow(problem, rows))
                        .toList())
                : errors;
    }

    private static Problem ofRow(Problem problem, List<String> rows) {
        for (int i = 0; i < rows.size(); i++) {
            String row = rows.get(i);
            boolean isOfWrite = !row.isEmpty()
                    && (problem.path().equals(row) || problem.path().startsWith(row + "."));
            if (isOfWrite) {
                return new Problem(problem.severity(), WRITES + i + "]." + problem.path(), problem.reason());
            }
        }
        return problem;
    }

    /** The rejection of a resource with the place of the write that names it. */
    RejectedWriteException located(long id, RejectedWriteException rejection) {
        int write = targets.indexOf(id);
        return write < 0 ? rejection : at(write, rejection);
    }

    /** The rejection of a write with its place. */
    RejectedWriteException at(int write, RejectedWriteException rejection) {
        String path = rejection.path();
        if (!isBatch || (path != null && path.startsWith(WRITES))) {
            return rejection;
        }
        String place = WRITES + write + "]";
        return rejection.at(path == null ? place : place + ".body." + path);
    }
}
