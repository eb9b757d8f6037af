package io.variate.web;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Splits {@code Authorization} into scheme and credentials. Source: RFC 9110, section 11.6.2. */
public final class AuthorizationHeader {
    private AuthorizationHeader() {}

    /**
     * The credentials of a request. Two headers are ambiguous, so both are ignored.
     *
     * @param scheme such as {@code Bearer}; case does not matter
     * @return null unless the request has exactly one header of the scheme, with credentials
     */
    public static @Nullable String credentials(MultiMap headers, String scheme) {
        List<String> values = headers.getAll(HttpHeaders.AUTHORIZATION);
        return values.size() == 1 ? credentials(values.get(0), scheme) : null;
    }

    /**
     * The credentials of one header value.
     *
     * @return null if the value has another scheme, or no credentials
     */
    public static @Nullable String credentials(String value, String scheme) {
        int end = scheme.length();
        if (value.length() <= end || value.charAt(end) != ' ' || !value.regionMatches(true, 0, scheme, 0, end)) {
            return null;
        }
        String credentials = value.substring(end + 1).strip();
        return credentials.isEmpty() ? null : credentials;
    }
}
