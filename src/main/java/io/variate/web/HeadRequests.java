package io.variate.web;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import io.vertx.core.internal.http.HttpServerRequestWrapper;
import java.io.File;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * Routes {@code HEAD} as {@code GET} and sends only the headers of the response, with the length of the omitted body.
 * Source: RFC 9110, section 9.3.2.
 */
public final class HeadRequests {
    private HeadRequests() {}

    /** A response without a body; a handler must not start an endless one. */
    public interface Bodiless {}

    /** The request for the router. */
    public static HttpServerRequest asGet(HttpServerRequest request) {
        return HttpMethod.HEAD.equals(request.method()) ? new AsGet((HttpServerRequestInternal) request) : request;
    }

    /** Whether only the headers of the response are sent. */
    public static boolean isBodiless(HttpServerResponse response) {
        return response instanceof Bodiless;
    }

    private static final class AsGet extends HttpServerRequestWrapper {
        private final HttpServerResponse response;

        AsGet(HttpServerRequestInternal request) {
            super(request);
            this.response = (HttpServerResponse) Proxy.newProxyInstance(
                    HeadRequests.class.getClassLoader(),
                    new Class<?>[] {HttpServerResponse.class, Bodiless.class},
                    new WithoutBody(request.response()));
        }

        @Override
        public HttpMethod method() {
            return HttpMethod.GET;
        }

        @Override
        public HttpServerResponse response() {
            return response;
        }
    }

    /** A proxy, because the interface has sixty methods and HEAD is rare enough for reflection. */
    private record WithoutBody(HttpServerResponse answer) implements InvocationHandler {
        @Override
        public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
                throws Throwable {
            Object body = arguments == null || arguments.length == 0 ? null : arguments[0];
            switch (method.getName()) {
                case "end" -> {
                    return end(body);
                }
                case "write" -> {
                    return answer.ended() ? Future.succeededFuture() : answer.end();
                }
                case "sendFile" -> {
                    putLength(new File(String.valueOf(body)).length() - offset(arguments));
                    return answer.end();
                }
                default -> {
                    Object result = call(method, arguments);
                    return result == answer ? proxy : result;
                }
            }
        }

        /** Where the answer starts in a file: the second argument, if there is one. */
        private static long offset(@Nullable Object @Nullable [] arguments) {
            return arguments != null && arguments.length > 1 && arguments[1] instanceof Long offset ? offset : 0;
        }

        private Future<Void> end(@Nullable Object body) {
            if (body instanceof Buffer bytes) {
                putLength(bytes.length());
            } else if (body instanceof String text) {
                putLength(Buffer.buffer(text).length());
            }
            return answer.end();
        }

        private void putLength(long length) {
            if (!answer.headWritten() && !answer.headers().contains(HttpHeaders.TRANSFER_ENCODING)) {
                answer.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(length));
            }
        }

        private @Nullable Object call(Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
            try {
                return method.invoke(answer, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause() == null ? e : e.getCause();
            }
        }
    }
}
