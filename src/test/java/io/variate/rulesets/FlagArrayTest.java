package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.FlagWriter;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlagArrayTest {
    private static final int CHANGES = 20;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void isTheSameAfterAnyHistoryOfChanges(long seed) throws IOException {
        Random random = new Random(seed);
        List<ServedFlag> flags = new ArrayList<>(flags(random.nextInt(1000), random));
        FlagArray array = direct(flags, null);
        for (int change = 0; change < CHANGES; change++) {
            String place = "seed " + seed + ", change " + change;
            FlagArray earlier = array;
            List<ServedFlag> before = List.copyOf(flags);
            edit(flags, random);
            array = direct(flags, earlier);
            FlagArray fresh = direct(
                    flags.stream().map(flag -> new ServedFlag(flag.flag())).toList(), null);

            assertThat(array.json().toString()).as(place).isEqualTo(expectedJson(flags));
            assertThat(array.event().toString()).as(place).isEqualTo("data: " + expectedJson(flags) + "\n\n");
            assertThat(unzipped(array)).as(place).isEqualTo(expectedJson(flags));
            assertThat(array.gzip().getBytes()).as(place).isEqualTo(fresh.gzip().getBytes());
            assertThat(array.hash()).as(place).isEqualTo(fresh.hash()).isEqualTo(expectedHash(array));
            assertKeepsUnchangedChunks(earlier, array, before, flags, place);
        }
    }

    /** A chunk of the earlier array is kept if the new one has an equal chunk. */
    private static void assertKeepsUnchangedChunks(
            FlagArray earlier, FlagArray later, List<ServedFlag> before, List<ServedFlag> after, String place) {
        Set<FlagChunk> kept = Collections.newSetFromMap(new IdentityHashMap<>());
        kept.addAll(earlier.chunks());
        Set<String> texts = new HashSet<>();
        Set<ServedFlag> unchanged = Collections.newSetFromMap(new IdentityHashMap<>());
        unchanged.addAll(before);
        unchanged.retainAll(Set.copyOf(after));
        earlier.chunks().forEach(chunk -> texts.add(text(chunk)));
        for (FlagChunk chunk : later.chunks()) {
            if (texts.contains(text(chunk)) && unchanged.contains(chunk.start())) {
                assertThat(kept).as(place).contains(chunk);
            }
        }
    }

    @Test
    void anEditChangesOneChunkOrTwo() {
        List<ServedFlag> flags = new ArrayList<>(flags(2000, new Random(1)));
        FlagArray before = direct(flags, null);

        for (int at = 0; at < flags.size(); at += 97) {
            List<ServedFlag> edited = new ArrayList<>(flags);
            edited.set(at, flag(flags.get(at).key(), "another text that is somewhat longer"));

            assertThat(changedChunks(before, direct(edited, before)))
                    .as("place " + at)
                    .isBetween(1, 2);
        }
        assertThat(before.chunks()).hasSizeGreaterThan(10);
    }

    /** A chunk that ends because of its size ends elsewhere after an insertion, so a few more may change. */
    @Test
    void anInsertionOrRemovalChangesAFewChunks() {
        List<ServedFlag> flags = new ArrayList<>(flags(2000, new Random(2)));
        FlagArray before = direct(flags, null);

        for (int at = 0; at < flags.size(); at += 97) {
            List<ServedFlag> longer = new ArrayList<>(flags);
            longer.add(at, flag("inserted", "text"));
            List<ServedFlag> shorter = new ArrayList<>(flags);
            shorter.remove(at);

            assertThat(changedChunks(before, direct(longer, before)))
                    .as("place " + at)
                    .isLessThanOrEqualTo(5);
            assertThat(changedChunks(before, direct(shorter, before)))
                    .as("place " + at)
                    .isLessThanOrEqualTo(5);
        }
    }

    @Test
    void isTheEarlierArrayWithoutAChange() {
        List<ServedFlag> flags = flags(300, new Random(3));
        FlagArray array = direct(flags, null);

        assertThat(direct(List.copyOf(flags), array)).isSameAs(array);
    }

    @Test
    void encodesNoFlagsAndOneFlag() throws IOException {
        ServedFlag only = flag("only", "ü \uD83D\uDE00");
        FlagArray none = direct(List.of(), null);
        FlagArray one = direct(List.of(only), none);

        assertThat(none.json().toString()).isEqualTo("[]");
        assertThat(unzipped(none)).isEqualTo("[]");
        assertThat(one.json().toString()).isEqualTo(expectedJson(List.of(only)));
        assertThat(unzipped(one)).isEqualTo(expectedJson(List.of(only)));
        assertThat(direct(List.of(), one).hash()).isEqualTo(none.hash()).isNotEqualTo(one.hash());
    }

    @Test
    void joinsMoreChunksThanOneSystemCallWrites() throws IOException {
        String large = "x".repeat(300_000);
        List<ServedFlag> flags = new ArrayList<>();
        for (int i = 0; i < 1100; i++) {
            flags.add(flag("large-" + i, i == 500 ? large : "y".repeat(40_000)));
        }
        FlagArray array = direct(flags, null);

        assertThat(array.chunks()).hasSizeGreaterThan(1000);
        assertThat(array.json().toString()).isEqualTo(expectedJson(flags));
        assertThat(unzipped(array)).isEqualTo(expectedJson(flags));
    }

    private static FlagArray direct(List<ServedFlag> flags, @Nullable FlagArray earlier) {
        return FlagArray.of(flags, earlier, FlagChunk.Memory.DIRECT);
    }

    private static int changedChunks(FlagArray before, FlagArray after) {
        Set<FlagChunk> kept = Collections.newSetFromMap(new IdentityHashMap<>());
        kept.addAll(before.chunks());
        return (int)
                after.chunks().stream().filter(chunk -> !kept.contains(chunk)).count();
    }

    private static String text(FlagChunk chunk) {
        return chunk.json().toString(StandardCharsets.UTF_8);
    }

    private static void edit(List<ServedFlag> flags, Random random) {
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = flags.isEmpty() ? 0 : random.nextInt(flags.size());
            switch (random.nextInt(flags.isEmpty() ? 1 : 6)) {
                case 0 -> flags.addAll(at, flags(random.nextInt(5), random));
                case 1 -> flags.remove(at);
                case 2 -> Collections.swap(flags, at, random.nextInt(flags.size()));
                case 3 -> Collections.rotate(flags.subList(at, flags.size()), 1);
                case 4 ->
                    flags.subList(at, Math.min(flags.size(), at + random.nextInt(200)))
                            .clear();
                default -> flags.set(at, flag(flags.get(at).key(), randomText(random)));
            }
        }
    }

    private static List<ServedFlag> flags(int count, Random random) {
        List<ServedFlag> flags = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            flags.add(flag("flag-" + random.nextInt(1_000_000), randomText(random)));
        }
        return flags;
    }

    /** Mostly short, sometimes larger than a chunk. */
    private static String randomText(Random random) {
        int length = random.nextInt(400) == 0 ? random.nextInt(400_000) : random.nextInt(2000);
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append("ä €").append(random.nextInt(1000));
        }
        return text.toString();
    }

    private static ServedFlag flag(String key, String payload) {
        return new ServedFlag(new Flag(
                key,
                Map.of("on", new Variant("on", "on", payload, null)),
                List.of(new Segment(null, null, "on", null)),
                List.of(),
                null));
    }

    private static String expectedJson(List<ServedFlag> flags) {
        StringBuilder json = new StringBuilder("[");
        for (ServedFlag flag : flags) {
            FlagWriter.write(flag.flag(), json.append(json.length() == 1 ? "" : ","));
        }
        return json.append(']').toString();
    }

    /** Nodes of earlier versions compute it from the bytes of the event. */
    private static long expectedHash(FlagArray array) {
        CRC32 high = new CRC32();
        high.update(array.event().getBytes());
        CRC32C low = new CRC32C();
        low.update(array.event().getBytes());
        return high.getValue() << Integer.SIZE | low.getValue();
    }

    private static String unzipped(FlagArray array) throws IOException {
        try (GZIPInputStream in =
                new GZIPInputStream(new ByteArrayInputStream(array.gzip().getBytes()))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
