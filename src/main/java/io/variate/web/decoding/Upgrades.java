package io.variate.web.decoding;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Settings;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;

/**
 * Upgrades from HTTP/1.1 to HTTP/2. An incomplete one is ignored, as RFC 9110, section 7.8 allows; Vert.x would close the
 * connection.
 */
final class Upgrades {
    private static final int SETTING_BYTES = 6;

    private Upgrades() {}

    /** Removes the header unless the upgrade is possible. */
    static void ignoreUnlessComplete(HttpRequest request) {
        if (request.headers().contains(HttpHeaderNames.UPGRADE) && !isComplete(request)) {
            request.headers().remove(HttpHeaderNames.UPGRADE);
        }
    }

    /** Excludes requests with a body, which would have to be read as HTTP/1 to its end. */
    private static boolean isComplete(HttpRequest request) {
        List<String> settings = request.headers().getAll(Http2CodecUtil.HTTP_UPGRADE_SETTINGS_HEADER);
        List<String> connection = request.headers().getAll(HttpHeaderNames.CONNECTION);
        return request.decoderResult().isSuccess()
                && request.protocolVersion().equals(HttpVersion.HTTP_1_1)
                && request.headers().getAll(HttpHeaderNames.UPGRADE).equals(List.of("h2c"))
                && connection.size() == 1
                && names(connection.get(0), "upgrade")
                && names(connection.get(0), "http2-settings")
                && settings.size() == 1
                && areSettings(settings.get(0))
                && !request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
                && !request.headers().contains(HttpHeaderNames.CONTENT_LENGTH);
    }

    private static boolean names(String list, String option) {
        for (String element : list.split(",", -1)) {
            if (element.strip().equalsIgnoreCase(option)) {
                return true;
            }
        }
        return false;
    }

    private static boolean areSettings(String encoded) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(encoded));
            Http2Settings settings = new Http2Settings();
            while (bytes.remaining() >= SETTING_BYTES) {
                settings.put(bytes.getChar(), Long.valueOf(Integer.toUnsignedLong(bytes.getInt())));
            }
            return !bytes.hasRemaining() && (encoded.isEmpty() || !settings.isEmpty());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
