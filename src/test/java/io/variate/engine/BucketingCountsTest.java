package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import io.variate.engine.model.Allocation;
import io.variate.engine.model.Bucket;
import io.variate.engine.model.Distribution;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Range;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Checks the buckets of ten thousand devices against an independent murmur3 implementation, and their counts against
 * fixed numbers, because any change moves users between variants.
 */
class BucketingCountsTest {

    private static final int DEVICES = 10_000;
    private static final String SALT = "pHOipLW7";
    private static final int NO_PART = Integer.MAX_VALUE;
    private static final List<String> VARIANTS = List.of("a", "b", "c", "d", "off");

    /**
     * A share of the devices, split in parts: {@code 0-50: 1/99} is the first half of all devices, of which 1% get
     * {@code a} and the rest {@code b}.
     */
    private record Share(int from, int to, List<Integer> percentages) {

        static Share of(String text) {
            String[] parts = text.strip().split("[-:]", -1);
            List<Integer> percentages = Arrays.stream(parts[2].strip().split("/", -1))
                    .map(Integer::valueOf)
                    .toList();
            return new Share(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), percentages);
        }

        /** Returns the published range of a part. Neighbors overlap by a number or two; the first one wins. */
        private int start(int part) {
            return (int) (42_949_672L * before(part) / 100);
        }

        private int end(int part) {
            return (int) ((42_949_673L * before(part + 1) + 99) / 100);
        }

        private int before(int part) {
            return percentages.subList(0, part).stream()
                    .mapToInt(Integer::intValue)
                    .sum();
        }

        /** Returns the part that contains a hash. */
        int partOf(long hash) {
            if (from <= hash % 100 && hash % 100 < to) {
                for (int part = 0; part < percentages.size(); part++) {
                    if (start(part) <= hash / 100 && hash / 100 < end(part)) {
                        return part;
                    }
                }
            }
            return NO_PART;
        }

        Allocation allocation() {
            List<Distribution> distributions = new ArrayList<>();
            for (int part = 0; part < percentages.size(); part++) {
                distributions.add(new Distribution(VARIANTS.get(part), new Range(start(part), end(part))));
            }
            return new Allocation(new Range(from, to), distributions);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # shares                                       |     a |     b |     c |     d |   off
            0-1: 100                                       |    96 |     0 |     0 |     0 |  9904
            0-1: 1/99                                      |     0 |    96 |     0 |     0 |  9904
            0-1: 50/50                                     |    54 |    42 |     0 |     0 |  9904
            0-1: 99/1                                      |    95 |     1 |     0 |     0 |  9904
            0-1: 25/25/25/25                               |    28 |    26 |    20 |    22 |  9904
            0-50: 100                                      |  4918 |     0 |     0 |     0 |  5082
            0-50: 1/99                                     |    53 |  4865 |     0 |     0 |  5082
            0-50: 50/50                                    |  2429 |  2489 |     0 |     0 |  5082
            0-50: 99/1                                     |  4850 |    68 |     0 |     0 |  5082
            0-50: 25/25/25/25                              |  1189 |  1240 |  1248 |  1241 |  5082
            0-99: 100                                      |  9898 |     0 |     0 |     0 |   102
            0-99: 1/99                                     |   110 |  9788 |     0 |     0 |   102
            0-99: 50/50                                    |  4927 |  4971 |     0 |     0 |   102
            0-99: 99/1                                     |  9782 |   116 |     0 |     0 |   102
            0-99: 25/25/25/25                              |  2433 |  2494 |  2515 |  2456 |   102
            0-1: 1/99, 1-50: 50/50, 50-99: 25/25/25/25     |  3619 |  3797 |  1267 |  1215 |   102
            0-50: 1, 0-99: 0/0/50/50                       |    53 |     0 |  4874 |  4971 |   102
            50-99: 50/50, 1-50: 99/1                       |  7253 |  2549 |     0 |     0 |   198
            """)
    void splitsDevicesByTheHash(String shares, int a, int b, int c, int d, int off) {
        List<Share> target = Arrays.stream(shares.split(",", -1)).map(Share::of).toList();
        CompiledFlags flags = CompiledFlags.compile(List.of(flag(target)));
        int[] counts = new int[VARIANTS.size()];

        for (int device = 1; device <= DEVICES; device++) {
            String id = String.valueOf(device);
            int variant = VARIANTS.indexOf(variantOf(id, flags));
            assertThat(variant).as(id).isEqualTo(expected(id, target));
            counts[variant]++;
        }

        assertThat(counts).containsExactly(a, b, c, d, off);
    }

    /** Returns the index of the variant assigned by the first share with a part for the device. */
    private static int expected(String id, List<Share> shares) {
        byte[] key = (SALT + "/" + id).getBytes(StandardCharsets.UTF_8);
        long hash =
                Integer.toUnsignedLong(Hashing.murmur3_32_fixed().hashBytes(key).asInt());
        return shares.stream()
                .mapToInt(share -> share.partOf(hash))
                .filter(part -> part < NO_PART)
                .findFirst()
                .orElse(VARIANTS.indexOf("off"));
    }

    private static Flag flag(List<Share> shares) {
        Map<String, Variant> variants = new LinkedHashMap<>();
        VARIANTS.forEach(key -> variants.put(key, new Variant(key, null, null, null)));
        Bucket bucket = new Bucket(
                List.of("context", "user", "device_id"),
                SALT,
                shares.stream().map(Share::allocation).toList());
        return new Flag("split", variants, List.of(new Segment(null, bucket, "off", null)), List.of(), null);
    }

    private static String variantOf(String id, CompiledFlags flags) {
        return Evaluation.of(flags.planAll().read(null, null, id)).get(0).key();
    }
}
