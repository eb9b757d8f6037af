package io.variate.rulesets.document;

import io.variate.engine.FlagPortability;
import io.variate.engine.model.Flag;
import io.variate.json.Json;
import io.variate.json.Problems;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Warns of a flag that is valid, but may not behave as intended.
 *
 * @param defined the flag
 * @param place collects warnings, at the path of the flag
 */
record FlagAdvice(DefinedFlag defined, Problems place) {
    /** The largest double is about 1.8e308, so a finite integer has at most 309 digits. */
    private static final int MAX_DECIMAL_EXPONENT = 308;

    private Flag flag() {
        return defined.flag();
    }

    private Problems dependency(int index) {
        return place.member("dependencies").element(index);
    }

    /**
     * Adds what the flag alone causes: patterns that some SDKs do not support in local flags, and numbers that overflow in
     * clients with 64-bit floating-point numbers.
     *
     * @return whether a pattern breaks some SDKs, whatever the evaluation mode of the flag
     */
    boolean addOwn() {
        FlagPortability portability = FlagPortability.of(flag(), place.path());
        if (FlagFilter.isLocal(flag())) {
            place.found().addAll(portability.warnings());
        }
        if (mayOverflow(defined.definition())) {
            addNumbers(Json.parseExact(defined.definition()), place);
        }
        return portability.breaksCalls();
    }

    /** Whether a JSON text may have a number above 64-bit floating point: one with an exponent, or with very many digits. */
    private static boolean mayOverflow(String json) {
        int digits = 0;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (c == '"') {
                i = endOfString(json, i);
            }
            boolean isDigit = c >= '0' && c <= '9';
            if ((digits > 0 && (c == 'e' || c == 'E')) || digits > MAX_DECIMAL_EXPONENT) {
                return true;
            }
            digits = isDigit ? digits + 1 : 0;
        }
        return false;
    }

    /** The index of the quote that ends the string whose opening quote is at an index. */
    private static int endOfString(String json, int start) {
        int end = start + 1;
        while (json.charAt(end) != '"') {
            end += json.charAt(end) == '\\' ? 2 : 1;
        }
        return end;
    }

    private static void addNumbers(@Nullable Object tree, Problems place) {
        if (tree instanceof Map<?, ?> members) {
            members.forEach((name, member) -> addNumbers(member, place, "." + name));
        } else if (tree instanceof List<?> elements) {
            for (int i = 0; i < elements.size(); i++) {
                addNumbers(elements.get(i), place, "[" + i + "]");
            }
        } else if (tree instanceof Number number && !Double.isFinite(number.doubleValue())) {
            place.warn(
                    "",
                    "is delivered as written, but exceeds 64-bit floating point: some clients read it as infinity, and Go"
                            + " clients reject the whole response");
        }
    }

    private static void addNumbers(@Nullable Object tree, Problems place, String step) {
        if (tree instanceof Map || tree instanceof List || tree instanceof Number) {
            addNumbers(tree, new Problems(place.path() + step, place.found()));
        }
    }

    /**
     * Adds dependencies that SDKs with local evaluation get as stubs, if some deployment delivers this local flag so.
     *
     * @param dependencies finds a flag of the project, or null
     * @param servedWithStubs as {@link #servedWithStubs} returns it
     */
    void addStubs(Function<String, @Nullable Flag> dependencies, Predicate<String> servedWithStubs) {
        if (flag().dependencies().isEmpty() || !FlagFilter.isLocal(flag()) || !servedWithStubs.test(flag().key())) {
            return;
        }
        for (int i = 0; i < flag().dependencies().size(); i++) {
            Flag found = dependencies.apply(flag().dependencies().get(i));
            if (found != null && !FlagFilter.isLocal(found)) {
                dependency(i)
                        .warn(
                                "",
                                "is not a local flag, so SDKs with local evaluation see it as off; to deliver its rules, set"
                                        + " remoteRules on deployments of type server");
            }
        }
    }

    /** The keys of flags that some deployment delivers with stubs of remote flags. */
    static Predicate<String> servedWithStubs(List<Deployment> deployments) {
        Set<String> keys = new HashSet<>();
        for (Deployment deployment : deployments) {
            if (!deployment.remoteRules()) {
                if (deployment.hasAllFlags()) {
                    return key -> true;
                }
                keys.addAll(deployment.flags());
            }
        }
        return keys::contains;
    }

    /** Adds dependencies of a local flag that are withheld from SDKs with local evaluation. */
    void addWithheld(Set<String> withheld) {
        if (withheld.isEmpty() || !FlagFilter.isLocal(flag())) {
            return;
        }
        for (int i = 0; i < flag().dependencies().size(); i++) {
            if (withheld.contains(flag().dependencies().get(i))) {
                dependency(i)
                        .warn(
                                "",
                                "has a pattern that some SDKs cannot read, or depends on such a flag, so SDKs with local"
                                        + " evaluation do not get this flag either");
            }
        }
    }
}
