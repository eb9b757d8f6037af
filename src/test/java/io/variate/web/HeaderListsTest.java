package io.variate.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.web.decoding.HttpDate;
import io.variate.web.decoding.QueryString;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Header lists of clients, including attacks with long lists: parsing in quadratic time would exceed the timeout. */
@Timeout(20)
class HeaderListsTest {
    @ParameterizedTest
    @ValueSource(strings = {",", ";", " ", "gzip ", ";gzip", "q=0;", "gzip;q=0.0", "\t", "*;q", "a,"})
    void readsLongAcceptEncodingsInLinearTime(String part) {
        String header = part.repeat(1_000_000 / part.length());

        assertThat(AcceptedEncodings.allowGzip(List.of(header + ",gzip;q=0"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {",", " ", "\"", "W/", "\"a\",", "\"a,", "* ", "W/\"1-a\""})
    void readsLongListsOfTagsInLinearTime(String part) {
        assertThat(EntityTags.contain(List.of(part.repeat(1_000_000 / part.length())), "\"1-b\""))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"&", "&a", "=", "a=&", "==&", "%41&", "+"})
    void readsLongQueriesInLinearTime(String part) {
        AtomicInteger count = new AtomicInteger();
        QueryString.forEach(part.repeat(1_000_000 / part.length()), (name, value) -> count.incrementAndGet());

        assertThat(count.get()).isLessThanOrEqualTo(500_000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"1-a\" | true",
                "W/\"1-a\" | true",
                "\"x\", W/\"1-a\" | true",
                "\"x,y\",\"1-a\" | true",
                "* | true",
                "\"x\" , * | true",
                "1-a | false",
                "w/\"1-a\" | false",
                "W/ \"1-a\" | false",
                "\"x,\"1-a\" | false",
                "\"1-a | false",
                "W/* | false",
                "** | false",
            })
    void findsATag(String header, boolean found) {
        assertThat(EntityTags.contain(List.of(header), "\"1-a\"")).isEqualTo(found);
    }

    @Test
    void formatsTheDateAsHttpRequires() {
        String first = HttpDate.now().toString();

        assertThat(first).matches("[A-Z][a-z]{2}, [0-3][0-9] [A-Z][a-z]{2} 20[0-9]{2} [0-9:]{8} GMT");
    }
}
