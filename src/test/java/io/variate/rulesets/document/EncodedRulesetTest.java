package io.variate.rulesets.document;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import com.hazelcast.internal.serialization.impl.HeapData;
import com.hazelcast.internal.serialization.impl.compact.Schema;
import com.hazelcast.internal.serialization.impl.compact.SchemaService;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EncodedRulesetTest {
    private static final EncodedRuleset RULESET = new EncodedRuleset(7, "{\"flags\":[\"ü\"]}");

    /** Nodes of the previous release exchange these bytes in a rolling upgrade. They depend on the name of the class. */
    private static final String PREVIOUS_RELEASE =
            "00000000ffffffc98642640f434aef0a0000001c0000000000000007000000107b22666c616773223a5b22c3bc225d7d08";

    private final InternalSerializationService hazelcast = new DefaultSerializationServiceBuilder()
            .setSchemaService(new Schemas())
            .build();

    @Test
    void writesTheBytesOfThePreviousRelease() {
        assertThat(HexFormat.of().formatHex(hazelcast.toData(RULESET).toByteArray()))
                .isEqualTo(PREVIOUS_RELEASE);
    }

    @Test
    void readsTheBytesOfThePreviousRelease() {
        // Registers the schema, which nodes exchange once.
        hazelcast.toData(RULESET);

        Object read = hazelcast.toObject(new HeapData(HexFormat.of().parseHex(PREVIOUS_RELEASE)));

        assertThat(read).isEqualTo(RULESET);
    }

    private static final class Schemas implements SchemaService {
        private final Map<Long, Schema> known = new HashMap<>();

        @Override
        public @Nullable Schema get(long id) {
            return known.get(id);
        }

        @Override
        public void put(Schema schema) {
            known.put(schema.getSchemaId(), schema);
        }

        @Override
        public void putLocal(Schema schema) {
            put(schema);
        }
    }
}
