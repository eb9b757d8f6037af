package io.variate.cohorts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MemberSetTest {
    /** Needs more than one array. */
    private static final int MANY = 1_500_000;

    @Test
    void containsExactlyTheAddedIds() {
        MemberSet members = MemberSet.of(List.of("a", "", "b ", "Jürgen", "\ud83d\ude80", "\ud83d", "a\u0000"));

        assertThat(List.of("a", "", "b ", "Jürgen", "\ud83d\ude80", "\ud83d", "a\u0000"))
                .allMatch(members::contains);
        assertThat(List.of("A", " ", "b", "Jurgen", "\ude80", "aa", "\u0000a", "\u0000"))
                .noneMatch(members::contains);
        assertThat(members.size()).isEqualTo(7);
    }

    @Test
    void anEmptySetContainsNothing() {
        assertThat(MemberSet.EMPTY.contains("")).isFalse();
        assertThat(MemberSet.EMPTY.contains("a")).isFalse();
        assertThat(MemberSet.EMPTY.size()).isZero();
    }

    @Test
    void agreesWithASetOfTheJdk() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            Set<String> expected = new HashSet<>();
            int size = random.nextInt(100);
            for (int i = 0; i < size; i++) {
                expected.add(text(random));
            }
            MemberSet members = MemberSet.of(expected);

            assertThat(members.size()).isEqualTo(expected.size());
            assertThat(expected).allMatch(members::contains);
            for (int i = 0; i < 100; i++) {
                String probe = text(random);
                assertThat(members.contains(probe)).as(probe).isEqualTo(expected.contains(probe));
            }
        }
    }

    @Test
    void countsADuplicateOnce() {
        MemberSet.Builder builder = new MemberSet.Builder(3);

        assertThat(builder.add("a")).isTrue();
        assertThat(builder.add("a")).isFalse();
        assertThat(builder.add("b")).isTrue();
        assertThat(builder.build().size()).isEqualTo(2);
    }

    @Test
    void rejectsMoreMembersThanItsLimit() {
        MemberSet.Builder builder = new MemberSet.Builder(1);
        builder.add("a");

        assertThatThrownBy(() -> builder.add("b")).isInstanceOf(IllegalStateException.class);
        assertThat(builder.add("a")).isFalse();
    }

    @Test
    void needsTwelveBytesPerMemberAtAnySize() {
        MemberSet.Builder builder = new MemberSet.Builder(MANY);
        IntStream.range(0, MANY).forEach(i -> builder.add("user-" + i));
        MemberSet members = builder.build();

        assertThat(members.bytes()).isLessThanOrEqualTo(12L * MANY + 8);
        assertThat(members.size()).isEqualTo(MANY);
        assertThat(IntStream.range(0, MANY).filter(i -> !members.contains("user-" + i)))
                .isEmpty();
        assertThat(IntStream.range(0, MANY).filter(i -> members.contains("other-" + i)))
                .isEmpty();
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(6);
        for (int i = 0; i < length; i++) {
            text.append((char) (random.nextBoolean() ? 'a' + random.nextInt(3) : random.nextInt(0x10000)));
        }
        return text.toString();
    }
}
