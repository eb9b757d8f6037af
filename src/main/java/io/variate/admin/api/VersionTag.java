package io.variate.admin.api;

import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The version of a resource as an entity tag: {@code "7"}. */
final class VersionTag {
    /** The quotes are optional for people who type a tag. */
    private static final Pattern TAG = Pattern.compile("(?:W/)?(\"?)([0-9]{1,18})\\1");

    private VersionTag() {}

    /** The header value for a version. */
    static String of(long version) {
        return '"' + Long.toString(version) + '"';
    }

    /**
     * Reads {@code If-Match}. A malformed tag is rejected, because ignoring it could overwrite an edit.
     *
     * @param ifMatch the values of all headers of this name
     * @param path of the tag in errors
     * @return null for any version
     * @throws InvalidRequestException if this is not one version
     */
    static @Nullable Long read(List<String> ifMatch, String path) {
        if (ifMatch.isEmpty() || (ifMatch.size() == 1 && ifMatch.get(0).strip().equals("*"))) {
            return null;
        }
        Matcher tag = TAG.matcher(ifMatch.size() == 1 ? ifMatch.get(0).strip() : "");
        if (!tag.matches()) {
            throw new InvalidRequestException(ApiError.badRequest(
                    "invalid_parameter", path + " must be the ETag of one version, such as \"7\", or *", path));
        }
        return Long.parseLong(tag.group(2));
    }
}
