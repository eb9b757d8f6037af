package io.variate.cohorts;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;

/**
 * The JSON of a cohort, as clients download it: {@code {"cohortId", "groupType", "groupTypeId", "lastComputed",
 * "lastModified", "size", "memberIds": […]}}.
 *
 * <p>The members come last for clients that stream. {@code groupTypeId} and {@code lastComputed} appear in the types of
 * some clients, but no client reads them.
 *
 * <p>On disk, the JSON of a named project's cohort follows a line with the JSON string of the project's key. Releases
 * without projects cannot parse such a file, so they delete it and never serve the cohort under its bare id.
 */
final class CohortFormat {
    private static final byte[] END = {']', '}'};

    private CohortFormat() {}

    /** The complete JSON of a small cohort. */
    static Buffer write(CohortHead head, Collection<String> memberIds) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            bytes.writeBytes(start(head));
            MemberList list = new MemberList(bytes);
            for (String id : memberIds) {
                list.add(id);
            }
            bytes.writeBytes(end());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Buffer.buffer(bytes.toByteArray());
    }

    /** The line before the JSON on disk; empty for the unnamed project. */
    static byte[] projectLine(CohortId id) {
        if (id.isOfUnnamedProject()) {
            return new byte[0];
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            new MemberList(bytes).add(id.project());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        bytes.write('\n');
        return bytes.toByteArray();
    }

    /** The bytes before the list of members. */
    static byte[] start(CohortHead head) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            bytes.writeBytes(ascii("{\"cohortId\":"));
            new MemberList(bytes).add(head.id());
            bytes.writeBytes(ascii(",\"groupType\":"));
            new MemberList(bytes).add(head.groupType());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        bytes.writeBytes(ascii(",\"groupTypeId\":0,\"lastComputed\":" + head.lastModified() + ",\"lastModified\":"
                + head.lastModified() + ",\"size\":" + head.size() + ",\"memberIds\":["));
        return bytes.toByteArray();
    }

    /** The bytes after the list of members. */
    static byte[] end() {
        return END.clone();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
