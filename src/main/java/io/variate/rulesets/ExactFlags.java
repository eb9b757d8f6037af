package io.variate.rulesets;

import io.netty.buffer.Unpooled;
import io.variate.engine.model.Flag;
import io.variate.gzip.Crc;
import io.variate.gzip.Gzip;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A deployment with its flags and their dependencies as in the ruleset document, for another server that evaluates them: an
 * object with {@code deployment} and {@code flags}. Unlike {@link ServedFlags}, it changes nothing for SDKs and withholds
 * nothing.
 */
public final class ExactFlags implements FlagBody {
    private final Deployment deployment;
    private final List<DefinedFlag> projectFlags;
    private volatile @Nullable Encoded encoded;
    private volatile @Nullable Buffer gzip;

    private record Encoded(Buffer json, long hash) {}

    /** @param projectFlags all flags of the project, in document order */
    ExactFlags(Deployment deployment, List<DefinedFlag> projectFlags) {
        this.deployment = deployment;
        this.projectFlags = projectFlags;
    }

    @Override
    public boolean isEncoded() {
        return encoded != null;
    }

    @Override
    public boolean isCompressed() {
        return gzip != null;
    }

    @Override
    public Buffer json() {
        return encoded().json();
    }

    @Override
    public long hash() {
        return encoded().hash();
    }

    @Override
    public Buffer gzip() {
        Buffer present = gzip;
        return present == null ? compress() : present;
    }

    private synchronized Buffer compress() {
        Buffer present = gzip;
        if (present == null) {
            present = shared(Gzip.small(json().getBytes()));
            gzip = present;
        }
        return present;
    }

    private Encoded encoded() {
        Encoded present = encoded;
        return present == null ? encode() : present;
    }

    private synchronized Encoded encode() {
        Encoded present = encoded;
        if (present == null) {
            byte[] json = text().getBytes(StandardCharsets.UTF_8);
            present = new Encoded(
                    shared(json), crc(Crc.Polynomial.CRC32, json) << Integer.SIZE | crc(Crc.Polynomial.CRC32C, json));
            encoded = present;
        }
        return present;
    }

    private String text() {
        StringBuilder text = new StringBuilder("{\"deployment\":").append(deployment.definition());
        String separator = ",\"flags\":[";
        for (DefinedFlag flag : flags()) {
            text.append(separator).append(flag.definition());
            separator = ",";
        }
        return text.append(separator.equals(",") ? "]}" : separator + "]}").toString();
    }

    private List<DefinedFlag> flags() {
        if (deployment.hasAllFlags()) {
            return projectFlags;
        }
        List<Flag> all = projectFlags.stream().map(DefinedFlag::flag).toList();
        Set<String> needed = ServedFlags.closure(all, deployment.flags());
        return projectFlags.stream()
                .filter(flag -> needed.contains(flag.flag().key()))
                .toList();
    }

    /** A buffer that several answers may send at the same time. */
    private static Buffer shared(byte[] bytes) {
        return BufferInternal.buffer(Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(bytes)));
    }

    private static long crc(Crc.Polynomial polynomial, byte[] bytes) {
        return Integer.toUnsignedLong(Crc.of(polynomial, ByteBuffer.wrap(bytes)).value());
    }
}
