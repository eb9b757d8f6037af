package io.variate.rulesets;

import io.variate.engine.model.Flag;
import io.variate.rulesets.document.FlagFilter;
import io.variate.rulesets.document.LocalDelivery;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Flags as SDKs with local evaluation get them: a JSON array, encoded by the first call and then kept.
 *
 * <p>A set that is created from an earlier one encodes and compresses only what changed, see {@link FlagArray}. It does so
 * at once for everything that the earlier set had encoded: its clients will request the same, and wait for it.
 *
 * <p>Observably immutable.
 */
public final class ServedFlags implements FlagBody {
    private final List<ServedFlag> flags;
    private final Set<String> withheld;
    private final FlagChunk.Memory memory;

    /** The flags for an explicit request for remote flags, with their rules; this object if it has no stubs. */
    private final ServedFlags withRules;

    private final Map<FlagFilter, ServedFlags> byKind = new ConcurrentHashMap<>();
    private volatile @Nullable FlagArray array;

    private ServedFlags(
            List<ServedFlag> flags, Set<String> withheld, FlagChunk.Memory memory, @Nullable ServedFlags withRules) {
        this.flags = List.copyOf(flags);
        this.withheld = Set.copyOf(withheld);
        this.memory = memory;
        this.withRules = withRules == null ? this : withRules;
    }

    /**
     * Flags for clients. Expensive if the earlier set is encoded: call it on a worker thread.
     *
     * @param flags in the form for clients, dependencies first
     * @param earlier the set of the same clients in an earlier ruleset, or null
     * @return the earlier set if it has the same flags
     */
    static ServedFlags of(List<ServedFlag> flags, @Nullable ServedFlags earlier) {
        return of(flags, null, earlier);
    }

    /**
     * Flags with stubs for remote flags, unless a client requests remote flags. Otherwise like {@link #of(List,
     * ServedFlags)}.
     *
     * @param stubs the flags with stubs
     * @param flags the same flags and their dependencies, without stubs
     */
    static ServedFlags withStubs(List<ServedFlag> stubs, List<ServedFlag> flags, @Nullable ServedFlags earlier) {
        return of(stubs, of(flags, null, earlier == null ? null : earlier.withRules), earlier);
    }

    private static ServedFlags of(
            List<ServedFlag> flags, @Nullable ServedFlags withRules, @Nullable ServedFlags earlier) {
        return of(flags, withheld(flags), withRules, earlier);
    }

    private static ServedFlags of(
            List<ServedFlag> flags,
            Set<String> withheld,
            @Nullable ServedFlags withRules,
            @Nullable ServedFlags earlier) {
        if (earlier != null && earlier.isOf(flags, withheld, withRules)) {
            return earlier;
        }
        ServedFlags created = new ServedFlags(flags, withheld, FlagChunk.Memory.DIRECT, withRules);
        if (earlier != null) {
            created.encodeSameAs(earlier);
        }
        return created;
    }

    private boolean isOf(List<ServedFlag> others, Set<String> otherWithheld, @Nullable ServedFlags otherWithRules) {
        return withRules == (otherWithRules == null ? this : otherWithRules)
                && areSame(flags, others)
                && withheld.equals(otherWithheld);
    }

    private static Set<String> withheld(List<ServedFlag> flags) {
        Set<String> breaking = flags.stream()
                .filter(ServedFlag::breaksCalls)
                .map(ServedFlag::key)
                .collect(Collectors.toSet());
        return breaking.isEmpty() ? breaking : LocalDelivery.withDependents(flagsOf(flags), breaking);
    }

    /** The keys of flags that are left out because they would make every evaluation in some SDK fail. */
    Set<String> withheld() {
        return withheld;
    }

    @Override
    public boolean isEncoded() {
        return array != null;
    }

    @Override
    public boolean isCompressed() {
        FlagArray present = array;
        return present != null && present.isCompressed();
    }

    @Override
    public Buffer json() {
        return array().json();
    }

    /** {@link #json} as an unnamed server-sent event with one line of data. All callers share the buffer. */
    public Buffer event() {
        return array().event();
    }

    @Override
    public Buffer gzip() {
        return array().gzip();
    }

    @Override
    public long hash() {
        return array().hash();
    }

    /** The array of the flags that match the filter, and their dependencies. */
    public Buffer json(FlagFilter filter) {
        return filtered(filter).json();
    }

    /**
     * The flags that match the filter, and their dependencies. Cached, except for filters with keys, which have too many
     * combinations.
     */
    public ServedFlags filtered(FlagFilter filter) {
        if (filter.isAll()) {
            return this;
        }
        return filter.keys().isEmpty() ? ofKind(filter, null) : source(filter).ofKeys(filter);
    }

    private ServedFlags ofKind(FlagFilter kind, @Nullable ServedFlags earlier) {
        ServedFlags source = source(kind);
        return source.byKind.computeIfAbsent(
                kind, absent -> of(source.closure(absent), source.withheld, null, earlier));
    }

    private ServedFlags ofKeys(FlagFilter filter) {
        return new ServedFlags(closure(filter), withheld, FlagChunk.Memory.HEAP, null);
    }

    private ServedFlags source(FlagFilter filter) {
        return FlagFilter.REMOTE.equals(filter.evaluationMode()) ? withRules : this;
    }

    /**
     * Encodes and compresses in advance whatever an earlier set has encoded and compressed. Expensive: call it on a worker
     * thread.
     */
    void encodeSameAs(ServedFlags earlier) {
        if (earlier == this) {
            return;
        }
        FlagArray earlierArray = earlier.array;
        if (earlierArray != null) {
            FlagArray own = encode(earlierArray);
            if (earlierArray.isCompressed()) {
                own.gzip();
            }
        }
        earlier.byKind.forEach((kind, before) -> ofKind(kind, before).encodeSameAs(before));
        if (withRules != this && earlier.withRules != earlier) {
            withRules.encodeSameAs(earlier.withRules);
        }
    }

    /** The keys of the flags that match the filter, including stubs and withheld flags, without dependencies. */
    List<String> keys(FlagFilter filter) {
        return withRules == this ? keysOf(filter) : withRules.keys(filter);
    }

    private List<String> keysOf(FlagFilter filter) {
        Set<String> asked = new HashSet<>(filter.keys());
        return flags.stream()
                .filter(flag -> asked.isEmpty() || asked.contains(flag.key()))
                .filter(flag -> filter.isOfKind(flag.flag()))
                .map(ServedFlag::key)
                .toList();
    }

    private List<ServedFlag> closure(FlagFilter filter) {
        Set<String> needed = closure(flagsOf(flags), keysOf(filter));
        return flags.stream().filter(flag -> needed.contains(flag.key())).toList();
    }

    /** The keys of some flags and of all their dependencies. */
    static Set<String> closure(Collection<Flag> flags, Collection<String> keys) {
        Map<String, Flag> byKey = new HashMap<>();
        flags.forEach(flag -> byKey.put(flag.key(), flag));
        Set<String> closure = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(keys);
        while (!open.isEmpty()) {
            Flag flag = byKey.get(open.pop());
            if (flag != null && closure.add(flag.key())) {
                open.addAll(flag.dependencies());
            }
        }
        return closure;
    }

    private FlagArray array() {
        FlagArray present = array;
        return present == null ? encode(null) : present;
    }

    private synchronized FlagArray encode(@Nullable FlagArray earlier) {
        FlagArray present = array;
        if (present == null) {
            present = FlagArray.of(delivered(), earlier, memory);
            array = present;
        }
        return present;
    }

    private List<ServedFlag> delivered() {
        return withheld.isEmpty()
                ? flags
                : flags.stream().filter(flag -> !withheld.contains(flag.key())).toList();
    }

    /** Whether two lists have the same instances in the same order. */
    static boolean areSame(List<?> some, List<?> others) {
        if (some.size() != others.size()) {
            return false;
        }
        for (int i = 0; i < some.size(); i++) {
            if (some.get(i) != others.get(i)) {
                return false;
            }
        }
        return true;
    }

    private static List<Flag> flagsOf(List<ServedFlag> flags) {
        return flags.stream().map(ServedFlag::flag).toList();
    }
}
