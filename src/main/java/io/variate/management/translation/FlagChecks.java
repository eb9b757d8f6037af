package io.variate.management.translation;

import io.variate.json.Problems;
import io.variate.management.model.Bucketing;
import io.variate.management.model.EvaluationMode;
import io.variate.management.model.ExperimentDetails;
import io.variate.management.model.FlagVariant;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.Inclusions;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.Resource;
import io.variate.management.model.Rollout;
import io.variate.management.model.TargetCondition;
import io.variate.management.model.TargetSegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reports what a flag or a group cannot mean, or probably does not mean. Checks of the compiled form are not repeated. */
final class FlagChecks {
    private static final String LOGIN =
            "is amplitude_id, which stands for user_id here, or for device_id if a user has none: a login can change"
                    + " the variant";

    private final ManagedFlag flag;
    private final References references;
    private final CompilerSettings settings;
    private final Problems problems;

    FlagChecks(ManagedFlag flag, References references, CompilerSettings settings, Problems problems) {
        this.flag = flag;
        this.references = references;
        this.settings = settings;
        this.problems = problems;
    }

    void run() {
        new Dependencies(references).check(flag, problems);
        bucketing(flag.bucketing(), settings, problems);
        checkWeights(flag.rollout(), problems);
        for (int i = 0; i < flag.targetSegments().size(); i++) {
            checkSegment(
                    flag.targetSegments().get(i),
                    problems.member("targetSegments").element(i));
        }
        checkInclusions();
        checkSticky();
    }

    static void bucketing(Bucketing bucketing, CompilerSettings settings, Problems problems) {
        if (!SegmentCompiler.isAmplitudeId(bucketing)) {
            return;
        }
        Problems place = problems.member("bucketingKey");
        switch (settings.amplitudeId()) {
            case REFUSE -> place.add("", "must not be amplitude_id, which only Amplitude's cloud knows");
            case USER_ID -> place.warn("", "is amplitude_id, which stands for user_id here");
            case DEVICE_ID -> place.warn("", "is amplitude_id, which stands for device_id here");
            case BOTH -> place.warn("", LOGIN);
        }
    }

    private void checkSegment(TargetSegment segment, Problems place) {
        String key = segment.bucketingKey();
        if (key != null && !key.equals(flag.bucketing().key())) {
            bucketing(flag.bucketing().withKey(key), settings, place);
        }
        checkWeights(segment.rollout(), place);
        for (int i = 0; i < segment.conditions().size(); i++) {
            checkCondition(
                    segment.conditions().get(i), place.member("conditions").element(i));
        }
    }

    private static void checkCondition(TargetCondition condition, Problems place) {
        if (!Selectors.isKnown(condition)) {
            place.member("prop")
                    .warn(
                            "",
                            "is no built-in property; the name of a custom one starts with " + TargetCondition.CUSTOM);
        }
        if (condition.values().isEmpty()) {
            place.member("values").warn("", "are empty: the condition is the same for every user");
        }
        if (condition.op().startsWith("glob") && condition.values().contains(Conditions.NONE)) {
            place.member("values").warn("", "(none) does not stand for a missing property in a glob");
        }
    }

    private void checkWeights(Rollout rollout, Problems place) {
        for (String variant : rollout.weights().keySet()) {
            if (flag.variant(variant) == null) {
                place.member("rolloutWeights")
                        .member(variant)
                        .warn("", "is ignored, because no variant of the flag has this key");
            }
        }
    }

    private void checkInclusions() {
        Problems place = problems.member("inclusions");
        Map<String, String> first = new HashMap<>();
        List<String> variants = new ArrayList<>(List.of(FlagVariant.OFF));
        flag.variants().forEach(variant -> variants.add(variant.key()));
        for (String variant : variants) {
            Inclusions inclusions = flag.inclusions(variant);
            for (int i = 0; i < inclusions.users().size(); i++) {
                String earlier = first.putIfAbsent(inclusions.users().get(i), variant);
                if (earlier != null && !earlier.equals(variant)) {
                    place.member(variant)
                            .member("users")
                            .element(i)
                            .warn("", "gets '" + earlier + "', which includes the same id");
                }
            }
        }
        if (!first.isEmpty() && flag.evaluationMode() == EvaluationMode.LOCAL && isPublic()) {
            place.warn("", "can be read by everyone, because a deployment of type client serves this local flag");
        }
    }

    private boolean isPublic() {
        return flag.deployments().stream()
                .map(references::find)
                .anyMatch(each -> each instanceof ManagedDeployment deployment
                        && deployment.type() == ManagedDeployment.Type.CLIENT);
    }

    private void checkSticky() {
        ExperimentDetails experiment = flag.experiment();
        if (experiment != null && experiment.sticky() && !FlagCompiler.isSticky(flag)) {
            problems.member("stickyBucketing")
                    .warn(
                            "",
                            flag.bucketing().isByUser()
                                    ? "has no effect on a local flag"
                                    : "has no effect on a flag that assigns groups");
        }
    }

    /** Checks of a mutual exclusion group or a holdout group. */
    record OfGroup(Resource group, References references, Problems problems) {

        void run(Bucketing bucketing, CompilerSettings settings) {
            FlagChecks.bucketing(bucketing, settings, problems);
            if (group instanceof MutexGroup mutex) {
                for (int i = 0; i < mutex.slots().size(); i++) {
                    Problems slot = problems.member("slots").element(i);
                    check(
                            mutex.slots().get(i).experiments(),
                            slot.member("experiments"),
                            mutex.evaluationMode(),
                            bucketing);
                    checkHoldouts(mutex.slots().get(i).holdouts(), slot.member("holdouts"), mutex.evaluationMode());
                }
            } else if (group instanceof HoldoutGroup holdout) {
                check(holdout.experiments(), problems.member("experiments"), holdout.evaluationMode(), bucketing);
            }
        }

        private void check(List<Long> experiments, Problems place, EvaluationMode mode, Bucketing bucketing) {
            for (int i = 0; i < experiments.size(); i++) {
                Resource member = references.find(experiments.get(i));
                if (isMember(member, place.element(i)) && member instanceof ManagedFlag flag) {
                    checkMode(flag.evaluationMode(), mode, place.element(i));
                    if (!flag.bucketing().key().equals(bucketing.key())) {
                        place.element(i)
                                .warn(
                                        "",
                                        "has another bucketing key: users without the key of the group get no variant");
                    }
                }
            }
        }

        private void checkHoldouts(List<Long> holdouts, Problems place, EvaluationMode mode) {
            for (int i = 0; i < holdouts.size(); i++) {
                Resource member = references.find(holdouts.get(i));
                if (isMember(member, place.element(i))) {
                    if (member instanceof HoldoutGroup holdout) {
                        checkMode(holdout.evaluationMode(), mode, place.element(i));
                    } else {
                        place.element(i).add("", "is not the id of a holdout group");
                    }
                }
            }
        }

        private boolean isMember(@Nullable Resource member, Problems place) {
            if (member == null) {
                place.add("", "no resource has this id");
            } else if (!member.project().equals(group.project())) {
                place.add("", "is of another project");
            } else if (!member.kind().isFlagRow() || member instanceof MutexGroup) {
                place.add("", "cannot be in a group");
            } else {
                return true;
            }
            return false;
        }

        private static void checkMode(EvaluationMode member, EvaluationMode group, Problems place) {
            if (member == EvaluationMode.LOCAL && group == EvaluationMode.REMOTE) {
                place.add("", "is local, so it cannot be in a remote group");
            }
        }
    }
}
