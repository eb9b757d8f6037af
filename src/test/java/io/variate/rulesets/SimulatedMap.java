package io.variate.rulesets;

import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.EntryEventType;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryAddedListener;
import com.hazelcast.query.Predicate;
import com.hazelcast.spi.merge.MergingEntry;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a Hazelcast map on one side of a split. It implements what {@link HazelcastRulesetCache} calls, so a model
 * test can fail it at any write and delay its events.
 */
final class SimulatedMap {
    private static final NewestHeadMergePolicy POLICY = new NewestHeadMergePolicy();

    private final TreeMap<String, byte[]> entries = new TreeMap<>();

    /** Called after each change of an entry. */
    private final BiConsumer<String, byte[]> onPut;

    SimulatedMap(BiConsumer<String, byte[]> onPut) {
        this.onPut = onPut;
    }

    /** The connection of one node, to whichever side it is on. */
    static final class Connection {
        private final IntSupplier side;
        private final SimulatedMap[] sides;
        private volatile @Nullable EntryAddedListener<String, byte[]> onDelta;
        private volatile @Nullable EntryAddedListener<String, byte[]> onHead;

        /** Writes until the node crashes. */
        private final AtomicInteger writesLeft = new AtomicInteger(Integer.MAX_VALUE);

        Connection(IntSupplier side, SimulatedMap[] sides) {
            this.side = side;
            this.sides = sides;
        }

        void failAfterWrites(int count) {
            writesLeft.set(count);
        }

        /** Delivers an event, on the calling thread. */
        void deliver(String key, byte[] value) {
            EntryAddedListener<String, byte[]> listener = HazelcastRulesetCache.HEAD.equals(key) ? onHead : onDelta;
            if (listener != null) {
                listener.entryAdded(
                        new EntryEvent<>(HazelcastRulesetCache.MAP, null, EntryEventType.ADDED.getType(), key, value));
            }
        }

        HazelcastInstance hazelcast() {
            IMap<?, ?> map = proxy(IMap.class, (method, args) -> call(method, args));
            return proxy(HazelcastInstance.class, (method, args) -> map);
        }

        private interface Call {
            @Nullable
            Object answer(String method, @Nullable Object[] args) throws Exception;
        }

        private static <T> T proxy(Class<T> type, Call call) {
            return type.cast(Proxy.newProxyInstance(
                    type.getClassLoader(),
                    new Class<?>[] {type},
                    (self, method, args) -> call.answer(method.getName(), args == null ? new Object[0] : args)));
        }

        @SuppressWarnings("unchecked")
        private @Nullable Object call(String method, @Nullable Object[] args) {
            SimulatedMap map = sides[side.getAsInt()];
            return switch (method) {
                case "get" -> map.get((String) args[0]);
                case "getAll" -> map.getAll((Collection<String>) args[0]);
                case "keySet" -> map.keys();
                case "set" -> {
                    countWrite();
                    map.set((String) args[0], (byte[]) args[1]);
                    yield null;
                }
                case "delete" -> {
                    countWrite();
                    map.delete((String) args[0]);
                    yield null;
                }
                case "remove" -> map.remove((String) args[0], (byte[]) args[1]);
                case "tryLock" -> true;
                case "unlock" -> null;
                case "addEntryListener" -> {
                    EntryAddedListener<String, byte[]> listener = (EntryAddedListener<String, byte[]>) args[0];
                    if (args[1] instanceof Predicate) {
                        onDelta = listener;
                    } else {
                        onHead = listener;
                    }
                    yield null;
                }
                default -> throw new UnsupportedOperationException(method);
            };
        }

        private void countWrite() {
            if (writesLeft.getAndDecrement() <= 0) {
                throw new IllegalStateException("the node has crashed");
            }
        }
    }

    private synchronized byte @Nullable [] get(String key) {
        return entries.get(key);
    }

    private synchronized Map<String, byte[]> getAll(Collection<String> keys) {
        Map<String, byte[]> found = new HashMap<>(entries);
        found.keySet().retainAll(keys);
        return found;
    }

    synchronized Set<String> keys() {
        return Set.copyOf(entries.keySet());
    }

    private void set(String key, byte[] value) {
        synchronized (this) {
            entries.put(key, value);
        }
        if (!key.startsWith("anchor")) {
            onPut.accept(key, value);
        }
    }

    synchronized void delete(String key) {
        entries.remove(key);
    }

    private synchronized boolean remove(String key, byte[] value) {
        boolean same = Arrays.equals(entries.get(key), value);
        if (same) {
            entries.remove(key);
        }
        return same;
    }

    synchronized void clear() {
        entries.clear();
    }

    /** Both sides have the same entries when a cluster splits. */
    synchronized void copy(SimulatedMap other) {
        entries.clear();
        entries.putAll(other.entries);
    }

    /** Merges one entry of the other side, as the configured policy decides. */
    void merge(String key, SimulatedMap other) {
        byte[] merging = other.get(key);
        byte[] existing = get(key);
        byte[] merged = merging == null ? existing : merge(key, merging, existing);
        if (merged != null && !Arrays.equals(merged, existing)) {
            set(key, merged);
        }
    }

    /** Merges two values of one key as members do after a split. */
    static byte @Nullable [] merge(String key, byte[] merging, byte @Nullable [] existing) {
        return POLICY.merge(new Entry(key, merging), existing == null ? null : new Entry(key, existing));
    }

    private static final class Entry implements MergingEntry<String, byte[]> {
        private final String key;
        private final byte[] value;

        Entry(String key, byte[] value) {
            this.key = key;
            this.value = value;
        }

        @Override
        public String getRawKey() {
            return key;
        }

        @Override
        public String getKey() {
            return key;
        }

        @Override
        public byte[] getRawValue() {
            return value;
        }

        @Override
        public byte[] getDeserializedValue() {
            return value;
        }
    }
}
