package io.variate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.variate.config.PostgresUri.Host;
import io.variate.config.PostgresUri.Target;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Connection URIs in the syntax of libpq. */
class PostgresUriTest {
    private static final String SECRET = "hu5h";

    @ParameterizedTest
    @CsvSource({"postgresql://u@h/d", "postgres://u@h:5432/d", "postgres://u@h:/d?", "postgresql:///d?host=h&user=u"})
    void acceptsBothSchemesAndDefaults(String text) {
        PostgresUri uri = parse(text);
        assertThat(uri.hosts()).containsExactly(new Host("h", 5432));
        assertThat(uri.user()).isEqualTo("u");
        assertThat(uri.password()).isNull();
        assertThat(uri.database()).isEqualTo("d");
        assertThat(uri.sslMode()).isEqualTo("disable");
        assertThat(uri.target()).isEqualTo(Target.ANY);
    }

    @Test
    void acceptsSeveralHosts() {
        PostgresUri uri =
                parse("postgresql://u@h1:5433,[fe80::1%25eth0]:5434,10.0.0.3/d?target_session_attrs=read-write");
        assertThat(uri.hosts())
                .containsExactly(new Host("h1", 5433), new Host("fe80::1%eth0", 5434), new Host("10.0.0.3", 5432));
        assertThat(uri.target()).isEqualTo(Target.READ_WRITE);
        assertThat(parse("postgres://u@/d?host=a,b&port=1").hosts())
                .isEqualTo(List.of(new Host("a", 1), new Host("b", 1)));
        assertThat(parse("postgres://u@/d?host=a,b&port=1,2").hosts())
                .isEqualTo(List.of(new Host("a", 1), new Host("b", 2)));
    }

    @ParameterizedTest
    @CsvSource({"p%40ss%2Fw%3Aord,p@ss/w:ord", "p@ss,p@ss", "a+b,a+b", "a:b,a:b", "%C3%A4%25,\u00e4%", "#&;=,#&;="})
    void decodesPasswords(String encoded, String password) {
        Secret read = parse("postgresql://u:" + encoded + "@h/d").password();
        assertThat(read).isEqualTo(new Secret(password));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mysql://u:hu5h@h/d | must start with postgresql:// or postgres://",
                "jdbc:postgresql://u:hu5h@h/d | without jdbc:",
                "host=h user=u password=hu5h dbname=d | must start with postgresql:// or postgres://",
                "postgresql://u:hu5h@h | must name a database",
                "postgresql://u:hu5h@h/ | must name a database",
                "postgresql://h/d?password=hu5h | must name a user",
                "postgresql://u:hu5h@/d | must name a host",
                "postgresql://u:hu5h@h1,/d | host 2 has no name",
                "postgresql://u:hu5h@%2Fvar%2Frun/d | the host is a Unix socket, which is not supported",
                "postgresql://u:hu5h@/d?host=/var/run/postgresql | the host is a Unix socket",
                "postgresql://u:hu5h@h:0/d | the port of the host must be an integer from 1 to 65535",
                "postgresql://u:hu5h@h:70000/d | the port of the host",
                "postgresql://u:hu5h@h1:1,h2:x/d | the port of host 2",
                "postgresql://u:hu5h@/d?host=a,b,c&port=1,2 | must name one port, or one port per host",
                "postgresql://u:hu5h@::1/d | IPv6 address in brackets",
                "postgresql://u:hu5h@[::1/d | IPv6 address in brackets",
                "postgresql://u:hu5h@h h/d | must be a host name",
                "postgresql://u:hu5h/x@h/d | percent-encode them as %2F",
                "postgresql://u:hu5h?x=1@h/d | percent-encode them as %2F",
                "postgresql://u:hu5h%@h/d | the password has a '%'",
                "postgresql://u:hu5h%zz@h/d | the password has a '%'",
                "postgresql://u:hu5h%00@h/d | the password has a '%'",
                "postgresql://u:hu5h%ff@h/d | the password is not valid UTF-8",
                "postgresql://u:hu5h@h/d?sslmode=on | sslmode must be one of disable, allow, prefer, require",
                "postgresql://u:hu5h@h/d?target_session_attrs=standby | must be any, read-write or primary",
                "postgresql://u:hu5h@h/d?service=x | parameter service is not supported",
                "postgresql://u:hu5h@h/d?connect_timeout=3 | set postgres.connect-timeout",
                "postgresql://u:hu5h@h/d?sslrootcert=x | set postgres.root-certificate",
                "postgresql://u:hu5h@h/d?search_path=hu5h | has an unsupported parameter",
                "postgresql://u:hu5h@h/d?sslmode | name=value",
                "postgresql://u:hu5h@h/d?channel_binding=require | channel_binding must be disable or prefer"
            })
    void rejectsAnInvalidUriWithoutQuotingThePassword(String text, String reason) {
        Throwable failure = catchThrowable(() -> parse(text));
        assertThat(failure).isInstanceOf(IllegalArgumentException.class).hasNoCause();
        assertThat(failure.getMessage()).contains(reason).doesNotContain(SECRET);
    }

    @Test
    void doesNotPrintThePassword() {
        assertThat(parse("postgresql://u:" + SECRET + "@h/d").toString()).doesNotContain(SECRET);
    }

    @Test
    void reportsAnInvalidUriAsASettingsProblem() {
        assertThatThrownBy(() -> load("postgresql://u:" + SECRET + "@h:port/d"))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("postgres.uri: the port of the host must be an integer")
                .hasMessageNotContaining(SECRET);
        assertThatThrownBy(() -> load("postgres://u@h/d?application_name=x&sslmode=verify-ca"))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("postgres.root-certificate: required");
        assertThat(load("postgres://u@h/d?application_name=sslmode=verify")
                        .postgres()
                        .uri())
                .isNotNull();
    }

    private static Settings load(@Nullable String uri) {
        return SettingsLoader.load(null, Map.of("VARIATE_POSTGRES_URI", String.valueOf(uri)));
    }

    private static PostgresUri parse(String text) {
        return PostgresUri.parse(new Secret(text));
    }
}
