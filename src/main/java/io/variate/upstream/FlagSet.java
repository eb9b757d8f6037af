package io.variate.upstream;

import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.engine.model.Segment;
import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.JsonReader;
import io.variate.json.JsonScanner;
import io.variate.json.LoneSurrogates;
import io.variate.json.Problem;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.RowReader;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The flags of one answer of the upstream. Immutable.
 *
 * @param flags in the order of the answer
 * @param leftOut why other elements of the answer are left out, one problem each
 * @param deployment in an exact answer of another Variate, which has the flags as they are in its ruleset; else null
 */
record FlagSet(
        List<DefinedFlag> flags,
        List<Problem> leftOut,
        @Nullable Deployment deployment) {
    static final FlagSet EMPTY = new FlagSet(List.of(), List.of(), null);

    FlagSet {
        flags = List.copyOf(flags);
        leftOut = List.copyOf(leftOut);
    }

    /**
     * Reads an answer: a JSON array of flags, or an object with the deployment and its exact flags. A flag that is written as
     * in an earlier answer is not read again. Expensive: call it on a worker thread.
     *
     * @throws UpstreamException if the text is neither
     */
    static FlagSet read(String json, FlagSet earlier) {
        try {
            return new Reading(json, earlier).read();
        } catch (JsonException e) {
            throw invalid("a body that is not JSON: " + e.getMessage());
        }
    }

    /** Whether these are the flags of another Variate as they are in its ruleset. */
    boolean isExact() {
        return deployment != null;
    }

    private static UpstreamException invalid(String what) {
        return new UpstreamException(UpstreamException.Kind.INVALID, "the upstream sent " + what);
    }

    /** Whether a flag is deployed, and not only a dependency of such a flag. */
    static boolean isDeployed(Flag flag) {
        return !Boolean.FALSE.equals(metadata(flag, "deployed"));
    }

    /** The version of a flag; 0 without one. */
    static double version(Flag flag) {
        return metadata(flag, "flagVersion") instanceof Number version ? version.doubleValue() : 0;
    }

    /** Whether a flag stands for one of remote evaluation whose rules are not sent. Source: responses of Amplitude's cloud. */
    static boolean isStub(Flag flag) {
        // Flags without a mode are of remote evaluation.
        if ("local".equals(metadata(flag, "evaluationMode")) || flag.segments().size() != 1) {
            return false;
        }
        Segment only = flag.segments().get(0);
        return only.conditions() == null
                && only.bucket() == null
                && "off".equals(only.variant())
                && only.metadata() != null
                && "default".equals(only.metadata().get("segmentName"));
    }

    private static @Nullable Object metadata(Flag flag, String name) {
        Map<String, @Nullable Object> metadata = flag.metadata();
        return metadata == null ? null : metadata.get(name);
    }

    /** One pass over an answer. */
    private static final class Reading {
        /** Each takes a multiple of its text. */
        private static final int MAX_LEFT_OUT = 1_000;

        private final JsonScanner scanner;
        private final JsonReader reader;
        private final List<DefinedFlag> known;
        private final Map<String, Integer> indexes = new HashMap<>();
        private final List<DefinedFlag> flags = new ArrayList<>();
        private final List<Problem> leftOut = new ArrayList<>();
        private int expected;

        Reading(String json, FlagSet earlier) {
            scanner = new JsonScanner(json);
            reader = JsonReader.strict(scanner);
            known = earlier.flags;
            for (int i = 0; i < known.size(); i++) {
                indexes.put(known.get(i).flag().key(), i);
            }
        }

        FlagSet read() {
            Deployment deployment = null;
            if (scanner.peekToken() == '{') {
                Map<String, @Nullable Object> members = reader.readObject(this::readMember);
                deployment = deployment(members.get("deployment"));
            } else {
                readFlags();
            }
            scanner.requireEnd();
            return new FlagSet(flags, leftOut, deployment);
        }

        private @Nullable Object readMember(String name) {
            if (name.equals("flags")) {
                readFlags();
                return null;
            }
            return reader.readValue();
        }

        private static Deployment deployment(@Nullable Object tree) {
            Object key = tree instanceof Map<?, ?> members ? members.get("key") : null;
            Deployment read = key instanceof String text
                    ? new RowReader(new ArrayList<>())
                            .deployment(new Row(new RowKey(RowKind.DEPLOYMENT, "", text), 0, Json.write(tree)))
                    : null;
            if (read == null) {
                throw invalid("an object that is no deployment with flags");
            }
            return read;
        }

        private void readFlags() {
            if (scanner.peekToken() != '[') {
                throw invalid("no JSON array of flags");
            }
            reader.readArray(() -> {
                readFlag();
                return null;
            });
        }

        /** Most flags follow the one that they followed before. */
        private void readFlag() {
            if (expected < known.size()
                    && scanner.skipIfWrittenAs(known.get(expected).definition())) {
                flags.add(known.get(expected++));
                return;
            }
            Object tree = reader.readValue();
            Object key = tree instanceof Map<?, ?> members ? members.get("key") : null;
            Integer index = key == null ? null : indexes.get(key);
            expected = index == null ? expected : index + 1;
            String definition = LoneSurrogates.escape(Json.write(tree));
            if (index != null && known.get(index).definition().equals(definition)) {
                flags.add(known.get(index));
            } else {
                addNew(tree, definition, key instanceof String text ? text : "#" + (flags.size() + leftOut.size()));
            }
        }

        private void addNew(@Nullable Object tree, String definition, String name) {
            FlagReading reading = FlagReader.read(tree, name);
            if (reading instanceof FlagReading.Accepted accepted) {
                flags.add(new DefinedFlag(accepted.flag(), definition));
            } else if (reading instanceof FlagReading.Rejected rejected) {
                leftOut.add(rejected.problems().get(0));
                if (leftOut.size() > MAX_LEFT_OUT) {
                    throw invalid("more than " + MAX_LEFT_OUT + " elements that are no flags");
                }
            }
        }
    }
}
