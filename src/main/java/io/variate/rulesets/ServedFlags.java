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
 * Flags as SDKs that evaluate by themselves get them: a JSON array, encoded when it is first asked for and then kept.
 *
 * <p>Immutable as far as callers can tell, and thread-safe. The first call of {@link #json}, {@link #hash} or
 * {@link #gzip} may take long and keep others waiting, so it belongs on a worker thread; see {@link #isEncoded}.
 */
public final class ServedFlags {
    private static final String EVENT_START = "data: ";
    private static final String EVENT_END = "\n\n";

    private final List<Flag> flags;
    private final Set<String> withheld;
    private final List<Flag> delivered;

    /** What an explicit request for remote flags gets, which tells their rules; this object if it has them itself. */
    private final ServedFlags withRules;

    private final Map<FlagFilter, ServedFlags> byKind = new ConcurrentHashMap<>();
    private volatile @Nullable Buffer event;
    private volatile @Nullable Buffer json;
    private volatile @Nullable Buffer gzip;
    private volatile long hash;

    /** @param flags as clients may see them, dependencies first */
    ServedFlags(List<Flag> flags) {
        this(flags, LocalDelivery.withheld(flags), null);
    }

    /**
     * Flags with stubs in place of remote ones, unless these are asked for.
     *
     * @param flags with stubs
     * @param withRules the same flags, and what they depend on, without stubs
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

    /** The keys of flags that are left out, for they would make every evaluation in some SDK fail. */
    Set<String> withheld() {
        return withheld;
    }

    /** Whether {@link #json} and {@link #hash} answer at once. */
    public boolean isEncoded() {
        return json != null;
    }

    /** Whether {@link #gzip} answers at once. */
    public boolean isCompressed() {
        return gzip != null;
    }

    /** The array in UTF-8; one buffer for all callers, who must not change it. */
    public Buffer json() {
        Buffer present = json;
        return present == null ? encode() : present;
    }

    /** {@link #json} as a server-sent event, unnamed and with one line of data; to be had once {@link #json} is. */
    public Buffer event() {
        json();
        return Objects.requireNonNull(event);
    }

    /** {@link #json}, compressed with gzip; one buffer for all callers, who must not change it. */
    public Buffer gzip() {
        Buffer present = gzip;
        return present == null ? compress() : present;
    }

    /** Of the content: equal for equal content, of whatever revision, and different in all likelihood for other. */
    public long hash() {
        json();
        return hash;
    }

    /** The array of those flags that pass the filter and of all they depend on. */
    public Buffer json(FlagFilter filter) {
        return filtered(filter).json();
    }

    /**
     * Those flags that pass the filter and all they depend on. Kept, unless the filter names keys, of which there are
     * too many combinations.
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

    /** Encodes ahead what clients have asked of an earlier revision, for they will ask again, and wait for it. */
    void encodeAsAskedOf(ServedFlags earlier) {
        if (earlier.isEncoded()) {
            json();
        }
        earlier.byKind.forEach((filter, kind) -> filtered(filter).encodeAsAskedOf(kind));
        if (withRules != this && earlier.withRules != earlier) {
            withRules.encodeAsAskedOf(earlier.withRules);
        }
    }

    /** The keys of those flags that pass the filter, stubs and those withheld included, without what they depend on. */
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

    /** Some keys and those of all flags that these depend on. */
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

    /** Two checksums of different polynomials: of all ways to 64 bits the one that processors have built in. */
    private static long hashOf(byte[] bytes) {
        CRC32 high = new CRC32();
        high.update(bytes);
        CRC32C low = new CRC32C();
        low.update(bytes);
        return high.getValue() << Integer.SIZE | low.getValue();
    }
}
