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

/** Answers lines, each on its own. Used by one thread. */
final class LineEvaluator {
    private final @Nullable CompiledFlags ruleset;
    private final boolean explains;
    private final Evaluation evaluation = new Evaluation();

    /**
     * @param ruleset for lines without flags of their own; null if all must have them
     * @param explains whether answers say why
     */
    LineEvaluator(@Nullable CompiledFlags ruleset, boolean explains) {
        this.ruleset = ruleset;
        this.explains = explains;
    }

    /** The answer to the current line, in UTF-8 and without a line feed. Never fails: what is wrong is the answer. */
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
            // A defect, but one that the other lines need not suffer from.
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

    private void answer(LineRequest question, Map<String, @Nullable Object> answer) {
        if (question.flags() == null) {
            answerFromRuleset(question, answer);
        } else {
            answerFromOwnFlags(question, OwnFlags.read(question.flags()), answer);
        }
    }

    private void answerFromRuleset(LineRequest question, Map<String, @Nullable Object> answer) {
        CompiledFlags flags = ruleset;
        if (flags == null) {
            throw new RejectedLineException(
                    new LineError("no_ruleset", "is missing, and there is no --ruleset", "flags"));
        }
        List<String> keys = question.flagKeys();
        answer(question, keys.isEmpty() ? flags.planAll() : flags.plan(keys), answer);
    }

    /** A flag that cannot be read takes no other down: the answer then has results and an error. */
    private void answerFromOwnFlags(LineRequest question, OwnFlags own, Map<String, @Nullable Object> answer) {
        CompiledFlags flags = CompiledFlags.compile(own.chosen(question.flagKeys(), question.sort()));
        answer(question, flags.planAsListed(), answer);
        if (!own.problems().isEmpty()) {
            answer.put("error", LineError.rejectedFlags(own.problems()).toTree());
        }
    }

    private void answer(LineRequest question, EvaluationPlan plan, Map<String, @Nullable Object> answer) {
        EvaluationContext context = question.toContext(plan);
        List<Explanation> explanations = List.of();
        if (explains) {
            explanations = evaluation.explain(context);
        } else {
            evaluation.evaluate(context);
        }
        answer.put("result", results());
        if (question.sort()) {
            answer.put("order", plan.keys());
        }
        if (explains) {
            answer.put(
                    "explanations",
                    explanations.stream().map(Explanation::asTree).toList());
        }
    }

    /** Everything the engine says, by flag; unlike in answers over HTTP, values are as the flag has them. */
    private Map<String, @Nullable Object> results() {
        Map<String, @Nullable Object> results = new LinkedHashMap<>();
        evaluation.forEach(variant -> results.put(variant.flagKey(), variant.asTree()));
        return results;
    }
}
