package io.variate.commandline;

import io.variate.engine.CompiledFlags;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.Explanation;
import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.LoneSurrogates;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Evaluates lines independently of each other. Single-threaded. */
final class LineEvaluator {
    private final @Nullable RulesetProjects ruleset;
    private final boolean explain;
    private final Evaluation evaluation = new Evaluation();

    /**
     * @param ruleset for lines without their own flags; null if every line must have flags
     * @param explain whether results include explanations
     */
    LineEvaluator(@Nullable RulesetProjects ruleset, boolean explain) {
        this.ruleset = ruleset;
        this.explain = explain;
    }

    /** The result of the current line, in UTF-8 and without a line feed. Never fails: an error is part of the result. */
    byte[] answer(LineReader line) {
        Map<String, @Nullable Object> answer = new LinkedHashMap<>();
        try {
            Map<?, ?> fields = parse(line.text());
            if (fields.containsKey("id")) {
                answer.put("id", fields.get("id"));
            }
            answer(LineRequest.read(fields), answer);
        } catch (RejectedLineException e) {
            answer.put("error", e.error().toTree());
        } catch (RuntimeException | StackOverflowError e) {
            // A defect; the other lines are still evaluated.
            answer.put("error", new LineError("internal", e.toString(), null).toTree());
        }
        return LoneSurrogates.escape(Json.write(answer)).getBytes(StandardCharsets.UTF_8);
    }

    private static Map<?, ?> parse(String text) {
        Object tree;
        try {
            tree = Json.parseExact(text);
        } catch (JsonException e) {
            throw new RejectedLineException(new LineError("invalid_json", String.valueOf(e.getMessage()), e.path()));
        }
        if (tree instanceof Map<?, ?> fields) {
            return fields;
        }
        throw new RejectedLineException(new LineError("invalid_line", "must be an object", "$"));
    }

    private void answer(LineRequest request, Map<String, @Nullable Object> answer) {
        if (request.flags() == null) {
            answerFromRuleset(request, answer);
        } else {
            answerFromOwnFlags(request, OwnFlags.read(request.flags()), answer);
        }
    }

    private void answerFromRuleset(LineRequest request, Map<String, @Nullable Object> answer) {
        RulesetProjects projects = ruleset;
        if (projects == null) {
            throw new RejectedLineException(new LineError("no_ruleset", "is required without --ruleset", "flags"));
        }
        List<String> keys = request.flagKeys();
        CompiledFlags flags = projects.flags(request.project(), keys);
        answer(request, keys.isEmpty() ? flags.planAll() : flags.plan(keys), answer);
    }

    /** Invalid flags do not affect the others: the answer then has results and an error. */
    private void answerFromOwnFlags(LineRequest request, OwnFlags own, Map<String, @Nullable Object> answer) {
        CompiledFlags flags = CompiledFlags.compile(own.select(request.flagKeys(), request.sort()));
        answer(request, flags.planAsListed(), answer);
        if (!own.problems().isEmpty()) {
            answer.put("error", LineError.rejectedFlags(own.problems()).toTree());
        }
    }

    private void answer(LineRequest request, EvaluationPlan plan, Map<String, @Nullable Object> answer) {
        EvaluationContext context = request.toContext(plan);
        List<Explanation> explanations = List.of();
        if (explain) {
            explanations = evaluation.explain(context);
        } else {
            evaluation.evaluate(context);
        }
        answer.put("result", results());
        if (request.sort()) {
            answer.put("order", plan.keys());
        }
        if (explain) {
            answer.put(
                    "explanations",
                    explanations.stream().map(Explanation::asTree).toList());
        }
    }

    /** All results of the engine by flag; unlike HTTP responses, with values exactly as the flag defines them. */
    private Map<String, @Nullable Object> results() {
        Map<String, @Nullable Object> results = new LinkedHashMap<>();
        evaluation.forEach(variant -> results.put(variant.flagKey(), variant.asTree()));
        return results;
    }
}
