package io.variate.ofrep;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.openfeature.contrib.providers.ofrep.OfrepProvider;
import dev.openfeature.contrib.providers.ofrep.OfrepProviderOptions;
import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.MutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.Value;
import io.variate.testing.RunningNode;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** OpenFeature's Java SDK and OFREP provider, as released on Maven Central. */
class JavaProviderTest {
    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @SuppressWarnings("NullAway.Init")
    private static Client client;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(OfrepRuleset.revision(7), Map.of());
        client = client("good", "Bearer server-key");
    }

    @AfterAll
    static void stop() {
        OpenFeatureAPI.getInstance().shutdown();
        node.close();
    }

    @Test
    void resolvesABooleanWithReasonVariantAndMetadata() {
        FlagEvaluationDetails<Boolean> on =
                client.getBooleanDetails("switch", false, new MutableContext("u").add("plan", "premium"));

        assertThat(on.getErrorCode()).isNull();
        assertThat(on.getValue()).isTrue();
        assertThat(on.getVariant()).isEqualTo("on");
        assertThat(on.getReason()).isEqualTo("TARGETING_MATCH");
        assertThat(on.getFlagMetadata().getString("segmentName")).isEqualTo("Premium");
        assertThat(on.getFlagMetadata().getInteger("flagVersion")).isEqualTo(3);
        FlagEvaluationDetails<Boolean> off = client.getBooleanDetails("switch", true, new ImmutableContext("u"));
        assertThat(off.getErrorCode()).isNull();
        assertThat(off.getValue()).isFalse();
        assertThat(off.getVariant()).isEqualTo("off");
        assertThat(off.getReason()).isEqualTo("DEFAULT");
    }

    @Test
    void resolvesStringsNumbersAndObjects() {
        assertThat(client.getStringValue("text", "")).isEqualTo("v");
        assertThat(client.getIntegerValue("number", 0)).isEqualTo(7);
        assertThat(client.getDoubleValue("fraction", 0.0)).isEqualTo(1.0);
        Value object = client.getObjectValue("on-with-payload", new Value());
        assertThat(object.asStructure().getValue("color").asString()).isEqualTo("teal");
    }

    @Test
    void splitsByTheTargetingKey() {
        FlagEvaluationDetails<String> split = client.getStringDetails("split", "", new ImmutableContext("u"));

        assertThat(split.getValue()).isEqualTo("b");
        assertThat(split.getReason()).isEqualTo("SPLIT");
    }

    @Test
    void returnsTheApplicationsDefaultForADefaultVariant() {
        assertThat(client.getStringValue("default-of-several", "mine")).isEqualTo("mine");
    }

    @Test
    void reportsAMissingFlag() {
        FlagEvaluationDetails<String> missing = client.getStringDetails("unknown", "mine");

        assertThat(missing.getValue()).isEqualTo("mine");
        assertThat(missing.getErrorCode()).isEqualTo(ErrorCode.FLAG_NOT_FOUND);
    }

    @Test
    void reportsATypeMismatch() {
        assertThat(client.getBooleanDetails("text", false).getErrorCode()).isEqualTo(ErrorCode.TYPE_MISMATCH);
    }

    @Test
    void reportsAnInvalidKey() {
        FlagEvaluationDetails<Boolean> refused = client("bad", "Bearer unknown").getBooleanDetails("switch", true);

        assertThat(refused.getValue()).isTrue();
        assertThat(refused.getErrorCode()).isEqualTo(ErrorCode.GENERAL);
        assertThat(refused.getErrorMessage()).contains("authorization");
    }

    private static Client client(String domain, String authorization) {
        OfrepProvider provider = OfrepProvider.constructProvider(OfrepProviderOptions.builder()
                .baseUrl("http://127.0.0.1:" + node.httpPort())
                .headers(ImmutableMap.of("Authorization", ImmutableList.of(authorization)))
                .build());
        OpenFeatureAPI.getInstance().setProviderAndWait(domain, provider);
        return OpenFeatureAPI.getInstance().getClient(domain);
    }
}
