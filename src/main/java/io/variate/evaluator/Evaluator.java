package io.variate.evaluator;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.variate.assignments.Assignment;
import io.variate.assignments.AssignmentRecorder;
import io.variate.bus.AnswerFormat;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.bus.FailureCode;
import io.variate.engine.AnswerShape;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.FlagFailure;
import io.variate.engine.Membership;
import io.variate.json.JsonException;
import io.variate.observability.MetricNames;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Project;
import io.variate.rulesets.Ruleset;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Evaluates one request against one ruleset. Thread-safe; never blocks. */
public final class Evaluator {
    private static final Logger log = LoggerFactory.getLogger(Evaluator.class);

    private final CurrentRuleset current;
    private final Function<Project, Membership> memberships;
    private final AssignmentRecorder recorder;
    private final Clock clock;
    private final Duration minRevisionWait;
    private final Timer timer;
    private final Counter expired;
    private final Counter flagFailures;
    private final Counter abandonedMatches;
    private final Map<FailedFlag, Long> failuresLogged = new ConcurrentHashMap<>();

    private record FailedFlag(String project, String key) {}

    /**
     * Registers the metrics. One per node.
     *
     * @param memberships the members of the cohorts of a project; called once per evaluation
     * @param minRevisionWait maximum wait of a request for its minimum revision
     */
    public Evaluator(
            CurrentRuleset current,
            Function<Project, Membership> memberships,
            AssignmentRecorder recorder,
            Clock clock,
            Duration minRevisionWait,
            MeterRegistry metrics) {
        this.current = current;
        this.memberships = memberships;
        this.recorder = recorder;
        this.clock = clock;
        this.minRevisionWait = minRevisionWait;
        this.timer = metrics.timer(MetricNames.EVALUATION);
        this.expired = metrics.counter(MetricNames.EXPIRED);
        this.flagFailures = metrics.counter(MetricNames.FLAG_FAILURES);
        this.abandonedMatches = metrics.counter(MetricNames.ABANDONED_MATCHES);
    }

    /** Whether this node has a ruleset, but of a lower revision than the request requires. */
    boolean isBehind(EvaluationRequest request) {
        return request.minRevision() > current.revision() && current.get() != null;
    }

    /**
     * Waits for the minimum revision of a request, for at most three quarters of the time until its deadline, so that a
     * failure still reaches the client.
     *
     * @return completes on the caller's Vert.x context; fails if the revision is not reached
     */
    Future<Void> caughtUp(EvaluationRequest request) {
        Duration atMost = minRevisionWait;
        if (request.deadline() != EvaluationRequest.NO_DEADLINE) {
            Duration most = Duration.ofNanos((request.deadline() - System.nanoTime()) / 4 * 3);
            atMost = most.compareTo(atMost) < 0 ? most : atMost;
        }
        return current.reached(request.minRevision(), atMost);
    }

    /**
     * Evaluates, and records the assignment before the answer leaves.
     *
     * @param evaluation scratch space of the calling thread; holds the results afterwards
     * @throws RejectedException if the request cannot be answered
     */
    EvaluationResponse evaluate(EvaluationRequest request, Evaluation evaluation) {
        long start = System.nanoTime();
        if (request.hasExpired(start)) {
            expired.increment();
            throw new RejectedException(FailureCode.TIMEOUT, "the request expired before it was evaluated");
        }
        Ruleset ruleset = current.get();
        if (ruleset == null) {
            throw new RejectedException(FailureCode.NOT_READY, "this node has no ruleset yet");
        }
        if (request.minRevision() > ruleset.revision()) {
            throw new RejectedException(
                    FailureCode.REVISION_NOT_REACHED,
                    "revision " + request.minRevision() + " was requested, but this node serves revision "
                            + ruleset.revision());
        }
        DeployedFlags deployed = ruleset.deployment(request.deploymentKey());
        if (deployed == null) {
            throw new RejectedException(FailureCode.UNKNOWN_DEPLOYMENT, "no deployment has this key");
        }
        EvaluationPlan plan = deployed.plan(request.flagKeys());
        EvaluationContext context = readContext(request, plan, memberships.apply(deployed.project()));
        evaluation.evaluate(context);
        deployed.uses().evaluated(plan);
        report(evaluation, deployed.project(), ruleset.revision());
        long time = clock.millis();
        AnswerShape shape = shape(request.format());
        Buffer answer = Buffer.buffer(evaluation.encodedLength(shape));
        if (deployed.deployment().evaluationId() && shape != AnswerShape.REASONED) {
            evaluation.encodeWithId(shape, newEvaluationId(time, ruleset.revision()), answer::appendBytes);
        } else {
            evaluation.encode(shape, answer::appendBytes);
        }
        if (!request.trackAssignment() && !request.trackExposure()) {
            recorder.untracked();
        } else {
            record(
                    request,
                    new Assignment(
                            context,
                            evaluation,
                            ruleset.revision(),
                            deployed.project().key(),
                            deployed.deployment().label(),
                            time));
        }
        timer.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
        return new EvaluationResponse(ruleset.revision(), answer);
    }

    /** Random number, time and revision, in Amplitude's format; unique within a millisecond. */
    private static String newEvaluationId(long time, long revision) {
        return ThreadLocalRandom.current().nextLong(Long.MAX_VALUE) + "_" + time + "_" + revision;
    }

    private void record(EvaluationRequest request, Assignment assignment) {
        boolean mayAnswer;
        if (!request.trackExposure()) {
            mayAnswer = recorder.record(assignment);
        } else if (request.trackAssignment()) {
            mayAnswer = recorder.recordWithExposures(assignment);
        } else {
            mayAnswer = recorder.recordExposures(assignment);
        }
        if (!mayAnswer) {
            throw new RejectedException(FailureCode.NOT_RECORDED, "cannot record the events of this answer now");
        }
    }

    private static AnswerShape shape(AnswerFormat format) {
        return switch (format) {
            case V1 -> AnswerShape.V1;
            case V2 -> AnswerShape.V2;
            case REASONED -> AnswerShape.REASONED;
        };
    }

    private static EvaluationContext readContext(
            EvaluationRequest request, EvaluationPlan plan, Membership membership) {
        try {
            return plan.read(request.context(), request.userId(), request.deviceId(), membership);
        } catch (JsonException e) {
            throw new RejectedException(FailureCode.INVALID_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    /** Logs each flag once per revision, because clients can trigger the failure at any rate. */
    private void report(Evaluation evaluation, Project project, long revision) {
        if (evaluation.abandonedMatches() > 0) {
            abandonedMatches.increment(evaluation.abandonedMatches());
        }
        for (FlagFailure failure : evaluation.failures()) {
            flagFailures.increment();
            FailedFlag failed = new FailedFlag(project.key(), failure.flagKey());
            if (!Objects.equals(failuresLogged.put(failed, revision), revision)) {
                log.error(
                        "flag evaluation failed; omitting the flag from answers flag={} project={} revision={}",
                        failure.flagKey(),
                        project.key(),
                        revision,
                        failure.cause());
            }
        }
    }
}
