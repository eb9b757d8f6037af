package io.variate.it.attack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

/** HTTP/1.1 requests in direct buffers, which many connections share. */
final class Payloads {
    private Payloads() {}

    static ByteBuffer text(String text) {
        return of(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    static ByteBuffer of(byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        ByteBuffer all = ByteBuffer.allocateDirect(length);
        for (byte[] part : parts) {
            all.put(part);
        }
        return all.flip();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** A complete request; {@code headers} are lines with their line ends. */
    static ByteBuffer post(String path, String headers, byte[] body) {
        return of(
                bytes("POST " + path + " HTTP/1.1\r\nHost: it\r\n" + headers + "Content-Length: " + body.length
                        + "\r\n\r\n"),
                body);
    }

    /** A number of padding bytes between two texts. */
    static byte[] padded(String before, char padding, int bytes, String after) {
        byte[] all = new byte[before.length() + bytes + after.length()];
        Arrays.fill(all, (byte) padding);
        System.arraycopy(bytes(before), 0, all, 0, before.length());
        System.arraycopy(bytes(after), 0, all, before.length() + bytes, after.length());
        return all;
    }

    /** Compresses with gzip, in members of the given uncompressed size. */
    static byte[] gzip(byte[] content, int memberBytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        for (int i = 0; i < content.length; i += memberBytes) {
            try (OutputStream member = new GZIPOutputStream(packed)) {
                member.write(content, i, Math.min(memberBytes, content.length - i));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return packed.toByteArray();
    }

    static byte[] gzip(byte[] content) {
        return gzip(content, content.length);
    }
}
