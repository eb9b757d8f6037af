package io.variate.management.translation;

import io.variate.engine.model.Bucket;
import io.variate.engine.model.Condition;
import io.variate.engine.model.Segment;
import io.variate.management.model.Bucketing;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the buckets of one flag have in common: salt and unit. Not thread-safe. */
final class Splits {
    private static final Condition HAS_USER_ID = new Condition(Selectors.USER_ID, "is not", List.of(Conditions.NONE));

    private @Nullable String salt;
    private @Nullable String unit;
    private @Nullable Bucketing first;

    /** Whether two segments are what one segment with {@code amplitude_id} compiles to. */
    static boolean isPair(Segment first, Segment second) {
        Bucket byUser = first.bucket();
        Bucket byDevice = second.bucket();
        if (byUser == null
                || byDevice == null
                || !byUser.selector().equals(Selectors.USER_ID)
                || !byDevice.selector().equals(Selectors.DEVICE_ID)
                || !byUser.allocations().equals(byDevice.allocations())
                || !Objects.equals(first.metadata(), second.metadata())) {
            return false;
        }
        List<List<Condition>> narrower = first.conditions();
        if (narrower == null || narrower.size() != 1 || narrower.get(0).isEmpty()) {
            return false;
        }
        List<Condition> all = narrower.get(0);
        List<List<Condition>> wider = second.conditions();
        List<Condition> rest = all.subList(0, all.size() - 1);
        return all.get(all.size() - 1).equals(HAS_USER_ID)
                && (rest.isEmpty() ? wider == null : List.of(rest).equals(wider));
    }

    /** Records the type of groups that a flag assigns. */
    void unit(String type) {
        if (unit != null && !unit.equals(type)) {
            throw new NotManagedException("assigns units of several types");
        }
        unit = type;
    }

    /**
     * Records a bucket and returns what it assigns by.
     *
     * @param key the key if it is known, else that of the selector
     */
    Bucketing bucketing(Bucket bucket, @Nullable String key) {
        if (salt != null && !salt.equals(bucket.salt())) {
            throw new NotManagedException("has buckets with different salts");
        }
        salt = bucket.salt();
        Selectors.Property property = Selectors.property(bucket.selector());
        if (property == null) {
            throw new NotManagedException("has a bucket by something else than a property");
        }
        unit(property.groupType() == null ? Bucketing.USER : property.groupType());
        Bucketing found =
                new Bucketing(key == null ? property.prop() : key, bucket.salt(), Objects.requireNonNull(unit));
        first = first == null ? found : first;
        return found;
    }

    /**
     * The bucketing of the flag: that of the users whom no segment targets, else of the first segment, else as before.
     */
    Bucketing bucketing(@Nullable Bucketing others, Bucketing before) {
        Bucketing known = others == null ? first : others;
        if (known != null) {
            return known;
        }
        return unit == null ? before : new Bucketing(before.key(), before.salt(), unit);
    }
}
