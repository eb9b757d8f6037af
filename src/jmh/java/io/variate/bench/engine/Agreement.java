package io.variate.bench.engine;

import com.launchdarkly.sdk.EvaluationDetail;
import com.launchdarkly.sdk.EvaluationReason;
import com.launchdarkly.sdk.LDContext;
import com.launchdarkly.sdk.LDValue;
import com.launchdarkly.sdk.server.LDClient;
import io.variate.engine.CompiledFlags;
import io.variate.engine.EvaluatedVariant;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.model.Allocation;
import io.variate.engine.model.Bucket;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Range;
import io.variate.engine.model.Segment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Verifies that both engines do the same work: the same segment decides for every user and flag. Allocations are
 * widened to all users for this, because LaunchDarkly tries no further rule once one matches.
 */
final class Agreement {

    private static final int NONE = -1;

    private final Workload workload;

    Agreement(Workload workload) {
        this.workload = workload;
    }

    /** @throws IllegalStateException if the results differ, an evaluation fails, or all users get the same variation */
    void check(LDClient client, LDContext[] contexts) {
        CompiledFlags ours = CompiledFlags.compile(
                workload.flags().stream().map(Agreement::forAllUsers).toList());
        EvaluationPlan plan = ours.planAll();
        Set<Integer> variations = new HashSet<>();
        for (int user = 0; user < contexts.length; user++) {
            Map<String, String> deciding =
                    decidingSegments(Evaluation.of(plan.read(workload.users().get(user), null, null)));
            for (Flag flag : workload.flags()) {
                EvaluationDetail<LDValue> detail =
                        client.jsonValueVariationDetail(flag.key(), contexts[user], LDValue.ofNull());
                require(rule(detail) == indexOf(deciding.get(flag.key()), flag), flag, user, detail);
                variations.add(detail.getVariationIndex());
            }
        }
        if (variations.size() < 2) {
            throw new IllegalStateException("all users get variation " + variations);
        }
    }

    private void require(boolean agreed, Flag flag, int user, EvaluationDetail<LDValue> detail) {
        if (!agreed) {
            throw new IllegalStateException("LaunchDarkly returns %s for flag=%s user=%s"
                    .formatted(detail, flag.key(), workload.users().get(user)));
        }
    }

    private static int rule(EvaluationDetail<LDValue> detail) {
        return detail.getReason().getKind() == EvaluationReason.Kind.FALLTHROUGH
                ? NONE
                : Objects.requireNonNull(detail.getReason()).getRuleIndex();
    }

    private static Map<String, String> decidingSegments(Evaluation evaluation) {
        Map<String, String> segments = new HashMap<>();
        for (EvaluatedVariant variant : evaluation) {
            segments.put(variant.flagKey(), nameOf(variant.metadata()));
        }
        return segments;
    }

    private static int indexOf(@Nullable String segment, Flag flag) {
        List<String> names =
                flag.segments().stream().map(each -> nameOf(each.metadata())).toList();
        return segment == null ? NONE : names.indexOf(segment);
    }

    private static String nameOf(@Nullable Map<String, @Nullable Object> metadata) {
        return String.valueOf(Objects.requireNonNull(metadata).get("segmentName"));
    }

    private static Flag forAllUsers(Flag flag) {
        return new Flag(
                flag.key(),
                flag.variants(),
                flag.segments().stream().map(Agreement::forAllUsers).toList(),
                flag.dependencies(),
                flag.metadata());
    }

    private static Segment forAllUsers(Segment segment) {
        Bucket bucket = segment.bucket();
        Bucket wide = bucket == null ? null : new Bucket(bucket.selector(), bucket.salt(), widened(bucket));
        return new Segment(segment.conditions(), wide, segment.variant(), segment.metadata());
    }

    private static List<Allocation> widened(Bucket bucket) {
        return bucket.allocations().stream()
                .map(allocation -> new Allocation(new Range(0, 100), allocation.distributions()))
                .toList();
    }
}
