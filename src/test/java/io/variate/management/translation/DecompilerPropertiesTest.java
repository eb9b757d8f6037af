package io.variate.management.translation;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.json.Problem;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compiling, decompiling and compiling again gives the same flag. */
class DecompilerPropertiesTest {
    private static final int USERS = 10_000;

    private static LongStream seeds() {
        return LongStream.range(0, 100);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aCompiledFlagDecompilesToOneThatCompilesEqually(long seed) {
        List<Resource> family = new RandomResources(seed).family();
        Resources resources = Resources.of(family);
        for (Resource each : family) {
            Compilation compilation = resources.compile(each.key(), 3);
            if (compilation.problems().stream().anyMatch(Problem::isError)) {
                continue;
            }
            String definition = Objects.requireNonNull(compilation.definition());

            Decompilation decompilation = Decompiler.decompile(
                    raw(each, definition), definition, resources.references(), CompilerSettings.DEFAULT);

            assertThat(decompilation).as(definition).isInstanceOf(Decompilation.Managed.class);
            Resource found = ((Decompilation.Managed) decompilation).resource();
            assertThat(found.kind()).isEqualTo(each.kind());
            assertThat(ResourceCompiler.compile(found, 3, resources.references(), CompilerSettings.DEFAULT)
                            .definition())
                    .isEqualTo(definition);
        }
    }

    private static RawFlag raw(Resource resource, String definition) {
        return new RawFlag(
                resource.id(),
                resource.project(),
                resource.key(),
                resource.kind(),
                resource.key(),
                "",
                definition,
                List.of(),
                List.of(),
                false);
    }

    @Test
    void aDecompiledFlagAssignsEveryUserTheSameVariant() {
        for (long seed = 1_000; seed < 1_005; seed++) {
            List<Resource> family = new RandomResources(seed).family();
            Resources before = Resources.of(family);
            if (family.stream().anyMatch(each -> before.compile(each.key(), 1).hasErrors())) {
                continue;
            }
            List<Resource> decompiled = new ArrayList<>();
            for (Resource each : family) {
                String definition = before.definition(each.key());
                decompiled.add(((Decompilation.Managed) Decompiler.decompile(
                                raw(each, definition), definition, before.references(), CompilerSettings.DEFAULT))
                        .resource());
            }
            Resources.Answers first = before.answers();
            Resources.Answers second = Resources.of(decompiled).answers();
            for (int i = 0; i < USERS; i++) {
                String user = "{\"user_id\":\"user-" + i + "\",\"device_id\":\"d" + i % 7 + "\",\"country\":\"DE\","
                        + "\"user_properties\":{\"account\":" + i % 50 + ",\"plan\":\"" + i % 3 + "\"}}";
                Map<String, String> expected = first.of(user);
                assertThat(second.of(user)).isEqualTo(expected);
            }
        }
    }
}
