package io.variate.commandline;

import io.variate.engine.CompiledFlags;
import io.variate.engine.EvaluatedVariant;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.Json;
import io.variate.engine.JsonException;
import io.variate.engine.UserContext;
import io.variate.rulesets.LoneSurrogates;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Answers lines, each on its own. Used by one thread. */
final class LineEvaluator {
    private static final BigDecimal BEYOND_DOUBLES = new BigDecimal("1e400");

    private final @Nullable CompiledFlags ruleset;

    /** @param ruleset for lines without flags of their own; null if all must have them */
    LineEvaluator(@Nullable CompiledFlags ruleset) {
        this.ruleset = ruleset;
    }

    /** The answer to the current line, in UTF-8 and without a line feed. Never fails: what is wrong is the answer. */
    byte[] answer(LineReader line) {
        Map<String, @Nullable Object> answer = new LinkedHashMap<>();
        try {
            Map<?, ?> fields = parse(line.text());
            if (fields.containsKey("id")) {
                answer.put("id", fields.get("id"));
            }
            answer(Question.read(fields), answer);
        } catch (RefusedLineException e) {
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
            tree = Json.parse(text);
        } catch (JsonException e) {
            throw new RefusedLineException(new LineError("invalid_json", String.valueOf(e.getMessage()), e.path()));
        }
        if (tree instanceof Map<?, ?> fields) {
            return fields;
        }
        throw new RefusedLineException(new LineError("invalid_line", "must be an object", "$"));
    }

    private void answer(Question question, Map<String, @Nullable Object> answer) {
        if (question.flags() == null) {
            answerFromRuleset(question, answer);
        } else {
            answerFromOwnFlags(question, OwnFlags.read(question.flags()), answer);
        }
    }

    private void answerFromRuleset(Question question, Map<String, @Nullable Object> answer) {
        CompiledFlags flags = ruleset;
        if (flags == null) {
            throw new RefusedLineException(
                    new LineError("no_ruleset", "is missing, and there is no --ruleset", "flags"));
        }
        List<String> keys = question.flagKeys();
        answer(question, flags, keys.isEmpty() ? flags.planAll() : flags.plan(keys), answer);
    }

    /** A flag that cannot be read takes no other down: the answer then has results and an error. */
    private static void answerFromOwnFlags(Question question, OwnFlags own, Map<String, @Nullable Object> answer) {
        CompiledFlags flags = CompiledFlags.compile(own.chosen(question.flagKeys(), question.sort()));
        answer(question, flags, flags.asListed(), answer);
        if (!own.problems().isEmpty()) {
            answer.put("error", LineError.rejectedFlags(own.problems()).toTree());
        }
    }

    private static void answer(
            Question question, CompiledFlags flags, EvaluationPlan plan, Map<String, @Nullable Object> answer) {
        Evaluation evaluation = flags.evaluate(plan, context(question));
        answer.put("result", results(evaluation));
        if (question.sort()) {
            answer.put("order", plan.keys());
        }
    }

    private static EvaluationContext context(Question question) {
        return question.context() == null
                ? UserContext.read(Json.write(finite(question.user())), null, null)
                : EvaluationContext.of(question.context());
    }

    /** The tree with numbers beyond all doubles in a form that survives being written and read again. */
    private static @Nullable Object finite(@Nullable Object tree) {
        if (tree instanceof Map<?, ?> members) {
            Map<String, @Nullable Object> copy = new LinkedHashMap<>();
            members.forEach((name, member) -> copy.put(String.valueOf(name), finite(member)));
            return copy;
        }
        if (tree instanceof List<?> elements) {
            List<@Nullable Object> copy = new ArrayList<>(elements.size());
            elements.forEach(element -> copy.add(finite(element)));
            return copy;
        }
        return tree instanceof Double number && number.isInfinite()
                ? number > 0 ? BEYOND_DOUBLES : BEYOND_DOUBLES.negate()
                : tree;
    }

    /** Everything the engine says, by flag; unlike in answers over HTTP, values are as the flag has them. */
    private static Map<String, @Nullable Object> results(Evaluation evaluation) {
        Map<String, @Nullable Object> results = new LinkedHashMap<>();
        evaluation.forEach(variant -> results.put(variant.flagKey(), result(variant)));
        return results;
    }

    private static Map<String, @Nullable Object> result(EvaluatedVariant variant) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("key", variant.key());
        result.put("value", variant.value());
        result.put("payload", variant.payload());
        result.put("metadata", variant.metadata());
        result.values().removeIf(Objects::isNull);
        return result;
    }
}
