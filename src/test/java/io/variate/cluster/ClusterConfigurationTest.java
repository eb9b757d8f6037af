package io.variate.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.Config;
import com.hazelcast.config.XmlConfigBuilder;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class ClusterConfigurationTest {
    private static final String FILE = "vertx.hazelcast.config";
    private static final Settings SETTINGS = SettingsLoader.load(null, Map.of("VARIATE_CLUSTER_ENABLED", "true"));

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @AfterEach
    void clearProperty() {
        System.clearProperty(FILE);
    }

    @Test
    void thePackedFileIsValidAgainstTheHazelcastSchema() throws IOException {
        try (InputStream xml = ClusterConfiguration.packed()) {
            Config checked = new XmlConfigBuilder(xml).build();
            assertThat(ClusterConfiguration.of(SETTINGS, true).getMapConfigs()).isEqualTo(checked.getMapConfigs());
        }
    }

    @Test
    void aSystemPropertyReplacesThePackedFile() throws IOException {
        Path other = Files.writeString(directory.resolve("other.xml"), """
                <hazelcast xmlns="http://www.hazelcast.com/schema/config"><map name="other"/></hazelcast>
                """);
        System.setProperty(FILE, other.toString());
        assertThat(ClusterConfiguration.of(SETTINGS, true).getMapConfigs()).containsOnlyKeys("other");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<hazelcast><no-such-thing/></hazelcast>", "<hazelcast", ""})
    void namesAFileThatIsNotAValidConfiguration(String text) throws IOException {
        Path other = Files.writeString(directory.resolve("other.xml"), text);
        System.setProperty(FILE, other.toString());
        assertThatThrownBy(() -> ClusterConfiguration.of(SETTINGS, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("other.xml is not a valid Hazelcast configuration");
    }

    @Test
    void advertisesTheResolvedAddressOfItsHostName() {
        Settings named = SettingsLoader.load(null, Map.of("VARIATE_CLUSTER_HOST", "localhost"));
        assertThat(ClusterConfiguration.of(named, true).getNetworkConfig().getPublicAddress())
                .isEqualTo("127.0.0.1:5701");
        assertThat(BusConfiguration.of(named.cluster()).getHost()).isEqualTo("127.0.0.1");
    }

    @Test
    void namesAHostThatDoesNotResolve() {
        Settings named = SettingsLoader.load(null, Map.of("VARIATE_CLUSTER_HOST", "nobody.invalid"));
        assertThatThrownBy(() -> ClusterConfiguration.of(named, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cluster.host: cannot resolve nobody.invalid");
    }

    @Test
    void namesAMissingFile() {
        System.setProperty(FILE, directory.resolve("other.xml").toString());
        assertThatThrownBy(() -> ClusterConfiguration.of(SETTINGS, true)).hasMessageContaining("other.xml");
    }
}
