package io.variate.web;

import io.variate.gzip.Gzip;
import io.variate.web.connections.Wire;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/**
 * The files of a page, read from the class path and compressed once. Browsers keep them and revalidate them each time.
 *
 * <p>Adding files reads them, so it blocks. After that, routers of any number of threads may serve them.
 */
public final class StaticFiles {
    /** The module that renders templates. One page must load it from one path, because it creates a Trusted Types policy. */
    public static final String RENDERER = "/META-INF/resources/webjars/lit-html/3.3.2/lit-html.js";

    /** In bytes; smaller files hardly shrink. No answer costs the time to compress it. */
    private static final int COMPRESSED_FROM = 256;

    private static final Compression COMPRESSION = new Compression(COMPRESSED_FROM);

    private static final Pattern COMMENT = Pattern.compile("^[ \\t]*//[^\\n]*$", Pattern.MULTILINE);

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "json", "application/json; charset=utf-8");

    private final Map<String, Asset> assets = new TreeMap<>();
    private final Map<String, String> headers;

    /** A file in both encodings. */
    private record Asset(String type, Buffer content, Buffer compressed, String tag) {
        static Asset of(String name, String text) {
            String type = Objects.requireNonNull(TYPES.get(name.substring(name.lastIndexOf('.') + 1)), name);
            Buffer content = Buffer.buffer(name.endsWith(".js") ? withoutComments(text) : text);
            return new Asset(
                    type,
                    Wire.shared(content),
                    Wire.shared(Buffer.buffer(Gzip.small(content.getBytes()))),
                    EntityTag.ofText(content.toString()));
        }
    }

    /** Browsers need no comments, which are a tenth of the compressed bytes. Lines keep their numbers. */
    static String withoutComments(String script) {
        return COMMENT.matcher(script).replaceAll("");
    }

    /**
     * Serves no files yet.
     *
     * @param contentSecurityPolicy of each answer
     * @param headers of each answer, besides {@code Content-Security-Policy}, {@code nosniff} and {@code no-referrer}
     */
    public StaticFiles(String contentSecurityPolicy, Map<String, String> headers) {
        Map<String, String> all = new TreeMap<>(headers);
        all.put("Content-Security-Policy", contentSecurityPolicy);
        all.put("X-Content-Type-Options", "nosniff");
        all.put("Referrer-Policy", "no-referrer");
        this.headers = Map.copyOf(all);
    }

    /**
     * A policy that restricts a page to its own files. Only the renderer may create elements from text, with templates that
     * are literals in those files.
     *
     * @param servers sources of {@code connect-src} besides this server
     */
    public static String policy(List<String> servers) {
        return String.join(
                "; ",
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self'",
                "connect-src "
                        + String.join(
                                " ",
                                Stream.concat(Stream.of("'self'"), servers.stream())
                                        .toList()),
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
                "require-trusted-types-for 'script'",
                "trusted-types lit-html");
    }

    /**
     * Adds a file of the class path.
     *
     * @param path where it is served; a path that ends in a slash has no other form
     * @param resource its absolute name, whose extension determines the type
     */
    public StaticFiles add(String path, String resource) {
        try (InputStream in = Objects.requireNonNull(StaticFiles.class.getResourceAsStream(resource), resource)) {
            return add(path, resource, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds a generated file; its name determines the type. */
    public StaticFiles add(String path, String name, String text) {
        assets.put(path, Asset.of(name, text));
        return this;
    }

    /**
     * Adds all files of a folder of this code's jar or directory, and of its subfolders.
     *
     * @param path where the folder is served, with a trailing slash
     * @param folder its absolute name on the class path, with a trailing slash
     */
    public StaticFiles addAll(String path, String folder) {
        names(folder).forEach(name -> add(path + name, folder + name));
        return this;
    }

    /** The names of the files, relative to the folder. */
    private static List<String> names(String folder) {
        try {
            Path code = Path.of(StaticFiles.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            String inside = folder.substring(1);
            return Files.isDirectory(code) ? namesInDirectory(code.resolve(inside)) : namesInJar(code, inside);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> namesInDirectory(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }

    /** Without the file system for jars, whose module the container image omits. */
    static List<String> namesInJar(Path file, String folder) throws IOException {
        try (ZipFile jar = new ZipFile(file.toFile())) {
            return jar.stream()
                    .filter(entry -> !entry.isDirectory() && entry.getName().startsWith(folder))
                    .map(entry -> entry.getName().substring(folder.length()))
                    .sorted()
                    .toList();
        }
    }

    /** Adds a route for each file. */
    public void addTo(Router router) {
        assets.forEach((path, asset) -> {
            router.route(HttpMethod.GET, path).handler(context -> answer(context, asset));
            router.route(path).handler(context -> Failures.refuseMethod(context, HttpMethod.GET));
        });
    }

    private void answer(RoutingContext context, Asset asset) {
        HttpServerResponse response = context.response();
        headers.forEach(response::putHeader);
        response.putHeader(HttpHeaders.ETAG, asset.tag()).putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
        if (EntityTag.isKnown(context.request().headers(), asset.tag())) {
            response.setStatusCode(304).end();
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, asset.type());
            COMPRESSION.end(context, asset.content(), asset.compressed());
        }
    }
}
