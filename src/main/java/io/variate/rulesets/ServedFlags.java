package io.variate.rulesets;

import io.variate.engine.FlagWriter;
import io.variate.engine.model.Flag;
import io.variate.gzip.Gzip;
import io.variate.rulesets.document.FlagFilter;
import io.variate.rulesets.document.LocalDelivery;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Flags as SDKs with local evaluation get them: a JSON array, encoded by the first call and then kept.
 *
 * <p>Observably immutable and thread-safe. The first call of {@link #json}, {@link #hash} or {@link #gzip} is expensive and
 * blocks other callers, so make it on a worker thread; see {@link #isEncoded}.
 */
public final class ServedFlags {
    private static final String EVENT_START = "data: ";
    private static final String EVENT_END = "\n\n";

    private final List<Flag> flags;
    private final Set<String> withheld;
    private final List<Flag> delivered;

    /** The flags for an explicit request for remote flags, with their rules; this object if it has no stubs. */
    private final ServedFlags withRules;

    private final Map<FlagFilter, ServedFlags> byKind = new ConcurrentHashMap<>();
    private volatile @Nullable Buffer event;
    private volatile @Nullable Buffer json;
    private volatile @Nullable Buffer gzip;
    private volatile long hash;

    /** @param flags in the form for clients, dependencies first */
    ServedFlags(List<Flag> flags) {
        this(flags, LocalDelivery.withheld(flags), null);
    }

    /**
     * Flags with stubs for remote flags, unless a client requests remote flags.
     *
     * @param flags the flags with stubs
     * @param withRules the same flags and their dependencies, without stubs
     */
    ServedFlags(List<Flag> flags, ServedFlags withRules) {
        this(flags, LocalDelivery.withheld(flags), withRules);
    }

    private ServedFlags(List<Flag> flags, Set<String> withheld, @Nullable ServedFlags withRules) {
        this.flags = List.copyOf(flags);
        this.withheld = Set.copyOf(withheld);
        this.delivered = LocalDelivery.delivered(flags, withheld);
        this.withRules = withRules == null ? this : withRules;
    }

    /** The keys of flags that are left out because they would make every evaluation in some SDK fail. */
    Set<String> withheld() {
        return withheld;
    }

    /** Whether {@link #json} and {@link #hash} return at once. */
    public boolean isEncoded() {
        return json != null;
    }

    /** Whether {@link #gzip} returns at once. */
    public boolean isCompressed() {
        return gzip != null;
    }

    /** The array in UTF-8. All callers share the buffer and must not modify it. */
    public Buffer json() {
        Buffer present = json;
        return present == null ? encode() : present;
    }

    /** {@link #json} as an unnamed server-sent event with one line of data. All callers share the buffer. */
    public Buffer event() {
        json();
        return Objects.requireNonNull(event);
    }

    /** {@link #json}, compressed with gzip. All callers share the buffer and must not modify it. */
    public Buffer gzip() {
        Buffer present = gzip;
        return present == null ? compress() : present;
    }

    /** A hash of the content: equal content has the same hash in every revision, different content almost never. */
    public long hash() {
        json();
        return hash;
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
        if (FlagFilter.REMOTE.equals(filter.evaluationMode()) && withRules != this) {
            return withRules.filtered(filter);
        }
        return filter.keys().isEmpty()
                ? byKind.computeIfAbsent(filter, absent -> new ServedFlags(closure(absent), withheld, null))
                : new ServedFlags(closure(filter), withheld, null);
    }

    /** Encodes in advance whatever an earlier revision has encoded: its clients will request the same, and wait for it. */
    void encodeSameAs(ServedFlags earlier) {
        if (earlier.isEncoded()) {
            json();
        }
        earlier.byKind.forEach((filter, kind) -> filtered(filter).encodeSameAs(kind));
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
                .filter(filter::isOfKind)
                .map(Flag::key)
                .toList();
    }

    private List<Flag> closure(FlagFilter filter) {
        Set<String> needed = closure(flags, keysOf(filter));
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

    private synchronized Buffer encode() {
        Buffer present = json;
        if (present != null) {
            return present;
        }
        StringBuilder text = new StringBuilder(EVENT_START).append('[');
        String separator = "";
        for (Flag flag : delivered) {
            FlagWriter.write(flag, text.append(separator));
            separator = ",";
        }
        byte[] bytes = text.append(']').append(EVENT_END).toString().getBytes(StandardCharsets.UTF_8);
        hash = hashOf(bytes);
        Buffer whole = Buffer.buffer(bytes);
        Buffer made = whole.slice(EVENT_START.length(), bytes.length - EVENT_END.length());
        event = whole;
        json = made;
        return made;
    }

    private synchronized Buffer compress() {
        Buffer present = gzip;
        if (present != null) {
            return present;
        }
        Buffer made = Buffer.buffer(Gzip.small(encode().getBytes()));
        gzip = made;
        return made;
    }

    /** Two checksums with different polynomials: the only 64 bits that CPUs compute in hardware. */
    private static long hashOf(byte[] bytes) {
        CRC32 high = new CRC32();
        high.update(bytes);
        CRC32C low = new CRC32C();
        low.update(bytes);
        return high.getValue() << Integer.SIZE | low.getValue();
    }
}
