package io.variate.rulesets;

import io.variate.engine.FlagPortability;
import io.variate.engine.FlagWriter;
import io.variate.engine.model.Flag;
import io.variate.rulesets.document.FlagFilter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A flag, and everything that is derived from it alone for SDKs with local evaluation. Each derived value is computed on
 * first use and then kept, so a ruleset that still has the flag does not compute it again.
 *
 * <p>Observably immutable and thread-safe. Compared by identity: the same instance stands for an unchanged flag.
 */
final class ServedFlag {
    private final Flag flag;
    private final boolean deployed;
    private volatile @Nullable Boolean breakingCalls;
    private volatile @Nullable ServedFlag stub;
    private volatile @Nullable ServedFlag undeployed;

    /** Length of the text in bytes; 0 before the first encoding. */
    private volatile int length;

    ServedFlag(Flag flag) {
        this.flag = flag;
        this.deployed =
                flag.metadata() == null || !Boolean.FALSE.equals(flag.metadata().get("deployed"));
    }

    Flag flag() {
        return flag;
    }

    String key() {
        return flag.key();
    }

    /** Whether the flag is deployed itself, and not only a dependency of such a flag. */
    boolean isDeployed() {
        return deployed;
    }

    /** Whether a pattern of the flag makes some SDK fail in every evaluation. */
    boolean breaksCalls() {
        Boolean present = breakingCalls;
        if (present == null) {
            present = FlagPortability.of(flag, "").breaksCalls();
            breakingCalls = present;
        }
        return present;
    }

    /** The flag without its rules, see {@link FlagStubs}; this object if SDKs may evaluate the flag themselves. */
    ServedFlag stub() {
        ServedFlag present = stub;
        return present == null ? createStub() : present;
    }

    /** Only one stub may exist, because it is compared by identity. */
    private synchronized ServedFlag createStub() {
        ServedFlag present = stub;
        if (present == null) {
            present = FlagFilter.isLocal(flag) ? this : new ServedFlag(FlagStubs.of(flag));
            stub = present;
        }
        return present;
    }

    /** The flag, marked as a mere dependency of deployed flags. */
    synchronized ServedFlag undeployed() {
        ServedFlag present = undeployed;
        if (present == null) {
            Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
            if (flag.metadata() != null) {
                metadata.putAll(flag.metadata());
            }
            metadata.put("deployed", false);
            present = new ServedFlag(
                    new Flag(flag.key(), flag.variants(), flag.segments(), flag.dependencies(), metadata));
            undeployed = present;
        }
        return present;
    }

    /** This object or its undeployed form, whichever has that instance of a flag, or null. */
    @SuppressWarnings("ReferenceEquality")
    @Nullable
    ServedFlag formOf(Flag instance) {
        if (flag == instance) {
            return this;
        }
        ServedFlag other = undeployed;
        return other != null && other.flag == instance ? other : null;
    }

    /** The flag as a JSON object in UTF-8. Not kept, because arrays of flags contain it. */
    byte[] json() {
        StringBuilder text = new StringBuilder(Math.max(length, 256));
        FlagWriter.write(flag, text);
        byte[] json = text.toString().getBytes(StandardCharsets.UTF_8);
        length = json.length;
        return json;
    }

    /** The length of {@link #json} in bytes, or 0 if it was never called. */
    int knownLength() {
        return length;
    }
}
