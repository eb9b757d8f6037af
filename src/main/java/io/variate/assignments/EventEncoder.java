package io.variate.assignments;

import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Encodes {@code [Experiment] Assignment} and {@code [Experiment] Exposure} events without garbage. Reusable scratch space
 * of one thread: {@link #read} an assignment, then call the other methods for it.
 *
 * <p>Source: the events of Amplitude's server SDKs, in the form of the JVM SDK, which writes details even for a flag without
 * version or segment name. Added fields: ruleset revision, the key of a named project, deployment label, zone and node.
 */
final class EventEncoder {
    private static final long MILLIS_PER_DAY = 86_400_000;

    private static final byte[] ASSIGNMENT = JsonBytes.ascii("{\"event_type\":\"[Experiment] Assignment\"");
    private static final byte[] EXPOSURE = JsonBytes.ascii("{\"event_type\":\"[Experiment] Exposure\"");
    private static final byte[] USER_ID = JsonBytes.ascii(",\"user_id\":");
    private static final byte[] DEVICE_ID = JsonBytes.ascii(",\"device_id\":");

    /** Placeholder of a missing id in an insert id, as in the JVM SDK. */
    private static final byte[] MISSING = JsonBytes.ascii("null");

    private static final byte[] TIME = JsonBytes.ascii(",\"time\":");
    private static final byte[] INSERT_ID = JsonBytes.ascii(",\"insert_id\":\"");
    private static final byte[] EVENT_PROPERTIES = JsonBytes.ascii("\",\"event_properties\":{");
    private static final byte[] SET = JsonBytes.ascii("},\"user_properties\":{\"$set\":{");
    private static final byte[] UNSET = JsonBytes.ascii("},\"$unset\":{");
    private static final byte[] END_OF_PROPERTIES = JsonBytes.ascii("}}");
    private static final byte[] GROUPS = JsonBytes.ascii(",\"groups\":");
    private static final byte[] REVISION = JsonBytes.ascii(",\"ruleset_revision\":");
    private static final byte[] PROJECT = JsonBytes.ascii(",\"project\":");
    private static final byte[] DEPLOYMENT = JsonBytes.ascii(",\"deployment\":");

    private final FragmentCache cache;

    /** Zone and node, the last members of every event. */
    private final byte[] origin;

    private final JsonBytes event = new JsonBytes();

    /** The user id and device id members of an event. */
    private final JsonBytes identity = new JsonBytes();

    /** The user id and device id in an insert id. */
    private final JsonBytes ids = new JsonBytes();

    private final CanonicalHash canonical = new CanonicalHash();
    private boolean isCanonicalized;
    private final BitSet sorted = new BitSet();
    private int[] ranks = new int[16];
    private FragmentTable fragments = FragmentTable.EMPTY;
    private @Nullable Assignment assignment;
    private long high;
    private long low;

    /** @param cache shared by the encoders of a node */
    EventEncoder(FragmentCache cache, String zone, String node) {
        this.cache = cache;
        this.origin = new JsonBytes()
                .raw(JsonBytes.ascii(",\"zone\":"))
                .string(zone)
                .raw(JsonBytes.ascii(",\"node\":"))
                .string(node)
                .raw('}')
                .toByteArray();
    }

    /** Reads an assignment. Its evaluation must have at most one result per flag, and must not change until the next call. */
    EventEncoder read(Assignment next) {
        assignment = next;
        Evaluation evaluation = next.evaluation();
        if (ranks.length < evaluation.size()) {
            ranks = new int[evaluation.size() * 2];
        }
        fragments = cache.find(evaluation, next.revision(), ranks);
        identity.clear();
        ids.clear();
        readId(USER_ID, next.context().userId());
        readId(DEVICE_ID, next.context().deviceId());
        fingerprint();
        isCanonicalized = false;
        return this;
    }

    private void readId(byte[] name, @Nullable String id) {
        if (id == null) {
            ids.raw(MISSING);
        } else {
            int opening = identity.raw(name).length();
            ids.contentOf(identity.string(id), opening);
        }
        ids.raw(' ');
    }

    private void fingerprint() {
        long highSum = IdentityHash.HIGH.hash(identity.array(), identity.length());
        long lowSum = IdentityHash.LOW.hash(identity.array(), identity.length());
        for (int i = 0; i < size(); i++) {
            highSum += fragment(i).high();
            lowSum += fragment(i).low();
        }
        String project = assigned().project();
        if (!project.isEmpty()) {
            JsonBytes name = event.clear().raw(PROJECT).string(project);
            highSum += IdentityHash.HIGH.hash(name.array(), name.length());
            lowSum += IdentityHash.LOW.hash(name.array(), name.length());
        }
        high = highSum;
        low = lowSum;
    }

    /**
     * High half of the 128-bit hash that identifies equal assignments: same project, user id, device id, flag keys and
     * variant keys. Differs between processes.
     */
    long high() {
        return high;
    }

    /** Low half of the hash. */
    long low() {
        return low;
    }

    /** The key of the Kafka record in UTF-8: the user id, or else the device id; empty without either. */
    byte[] key() {
        EvaluationContext context = assigned().context();
        String user = context.userId();
        String key = user != null ? user : context.deviceId();
        return key == null ? new byte[0] : key.getBytes(StandardCharsets.UTF_8);
    }

    /** The assignment event. Valid until the next use of this encoder. */
    JsonBytes assignment() {
        canonicalize();
        begin(ASSIGNMENT, canonical.hash());
        for (int i = 0; i < size(); i++) {
            event.members(fragment(i).eventProperties(), i == 0);
        }
        userProperties(SET, false);
        userProperties(UNSET, true);
        return end();
    }

    private void userProperties(byte[] name, boolean ofDefaults) {
        event.raw(name);
        boolean first = true;
        for (int i = 0; i < size(); i++) {
            VariantFragment fragment = fragment(i);
            byte[] property = fragment.userProperty();
            if (property != null && fragment.isDefault() == ofDefaults) {
                event.members(property, first);
                first = false;
            }
        }
    }

    /** Adds the exposure events to a group, one for each exposed variant, in the order of evaluation. */
    void exposures(EventGroup into) {
        canonicalize();
        for (int i = 0; i < size(); i++) {
            VariantFragment fragment = fragment(i);
            byte[] properties = fragment.exposureProperties();
            if (properties != null) {
                into.add(exposure(fragment, properties));
            }
        }
    }

    private JsonBytes exposure(VariantFragment fragment, byte[] properties) {
        begin(EXPOSURE, canonical.after(fragment.exposureHash()));
        event.members(properties, true).raw(SET);
        byte[] property = fragment.userProperty();
        if (property != null) {
            event.members(property, true);
        }
        event.raw(UNSET);
        return end();
    }

    private void begin(byte[] type, int hash) {
        long time = assigned().time();
        event.clear().raw(type).raw(identity).raw(TIME).number(time);
        event.raw(INSERT_ID).raw(ids).number(hash).raw(' ').number(Math.floorDiv(time, MILLIS_PER_DAY));
        event.raw(EVENT_PROPERTIES);
    }

    private JsonBytes end() {
        Assignment present = assigned();
        event.raw(END_OF_PROPERTIES);
        if (!present.context().groups().isEmpty()) {
            event.raw(GROUPS).object(present.context().groups());
        }
        event.raw(REVISION).number(present.revision());
        if (!present.project().isEmpty()) {
            event.raw(PROJECT).string(present.project());
        }
        return event.raw(DEPLOYMENT).string(present.deployment()).raw(origin);
    }

    /** Hashes ids and results in canonical form: trimmed, in ascending order of flag keys. Once per assignment. */
    private void canonicalize() {
        if (isCanonicalized) {
            return;
        }
        isCanonicalized = true;
        EvaluationContext context = assigned().context();
        canonical.clear().add(trimmed(context.userId())).add(trimmed(context.deviceId()));
        sorted.clear();
        for (int i = 0; i < size(); i++) {
            sorted.set(ranks[i]);
        }
        if (!assigned().project().isEmpty()) {
            // Projects may have equal flag keys, and consumers drop events with an insert id that they have seen.
            canonical.add(assigned().project());
        }
        for (int rank = sorted.nextSetBit(0); rank >= 0; rank = sorted.nextSetBit(rank + 1)) {
            canonical.add(fragments.fragment(rank).canonical());
        }
    }

    private static String trimmed(@Nullable String id) {
        return id == null ? "null" : id.trim();
    }

    private VariantFragment fragment(int result) {
        return fragments.fragment(ranks[result]);
    }

    private int size() {
        return assigned().evaluation().size();
    }

    private Assignment assigned() {
        return Objects.requireNonNull(assignment, "no assignment was read");
    }
}
