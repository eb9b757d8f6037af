package io.variate.json;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An unmodifiable map of few entries, in their original order. It occupies a fifth of the memory of a {@link
 * LinkedHashMap}. A lookup compares keys one by one.
 */
public final class CompactMap<V extends @Nullable Object> extends AbstractMap<String, V> {

    /** Up to this size, comparing keys is about as fast as hashing. */
    private static final int MAX_SIZE = 12;

    /** Keys and values, alternately. */
    private final @Nullable Object[] entries;

    private CompactMap(Map<String, ? extends V> source) {
        entries = new Object[2 * source.size()];
        int next = 0;
        for (Map.Entry<String, ? extends V> entry : source.entrySet()) {
            entries[next++] = Interner.SHARED.share(entry.getKey());
            entries[next++] = entry.getValue();
        }
    }

    /** Returns an unmodifiable copy: a compact one unless the map is large. */
    public static <V extends @Nullable Object> Map<String, V> copyOf(Map<String, V> source) {
        if (source instanceof CompactMap) {
            return source;
        }
        return source.size() <= MAX_SIZE
                ? new CompactMap<>(source)
                : Collections.unmodifiableMap(new LinkedHashMap<>(source));
    }

    @Override
    public int size() {
        return entries.length / 2;
    }

    @Override
    public @Nullable V get(@Nullable Object key) {
        int index = index(key);
        return index < 0 ? null : value(index);
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return index(key) >= 0;
    }

    private int index(@Nullable Object key) {
        for (int i = 0; i < entries.length; i += 2) {
            if (key(i).equals(key)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public void forEach(BiConsumer<? super String, ? super V> action) {
        for (int i = 0; i < entries.length; i += 2) {
            action.accept(key(i), value(i));
        }
    }

    @Override
    public Set<Map.Entry<String, V>> entrySet() {
        return new Entries();
    }

    @SuppressWarnings("NullAway") // only the constructor writes entries
    private String key(int index) {
        return (String) entries[index];
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // only the constructor writes entries
    private V value(int index) {
        return (V) entries[index + 1];
    }

    private final class Entries extends AbstractSet<Map.Entry<String, V>> {
        @Override
        public int size() {
            return CompactMap.this.size();
        }

        @Override
        public Iterator<Map.Entry<String, V>> iterator() {
            return new Iterator<>() {
                private int next;

                @Override
                public boolean hasNext() {
                    return next < entries.length;
                }

                @Override
                public Map.Entry<String, V> next() {
                    if (!hasNext()) {
                        throw new NoSuchElementException();
                    }
                    int index = next;
                    next += 2;
                    return new SimpleImmutableEntry<>(key(index), value(index));
                }
            };
        }
    }
}
