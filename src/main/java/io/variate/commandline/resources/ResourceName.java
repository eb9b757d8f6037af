package io.variate.commandline.resources;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;

/**
 * The name of a resource in files, which is the same on all servers.
 *
 * @param project the id of the project; {@code 1} for the project without a name
 * @param set what the resource belongs to
 * @param key of a deployment its label, else the key
 */
record ResourceName(String project, ResourceSet set, String key) implements Comparable<ResourceName> {
    private static final String SUFFIX = ".json";

    private static final Comparator<ResourceName> ORDER = Comparator.comparing(ResourceName::project)
            .thenComparing(ResourceName::set)
            .thenComparing(ResourceName::key);

    /** The file, relative to the directory, with slashes. */
    String file() {
        return project + "/" + set.path() + "/" + encoded(key) + SUFFIX;
    }

    /** Names with characters that file systems treat differently are escaped as in URLs. */
    private static String encoded(String key) {
        String encoded = URLEncoder.encode(key, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
        return encoded.startsWith(".") ? "%2E" + encoded.substring(1) : encoded;
    }

    static String key(String fileName) {
        return URLDecoder.decode(
                fileName.substring(0, fileName.length() - SUFFIX.length()).replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    static boolean isResource(String fileName) {
        return fileName.endsWith(SUFFIX) && fileName.length() > SUFFIX.length();
    }

    @Override
    public int compareTo(ResourceName other) {
        return ORDER.compare(this, other);
    }

    /** For messages: {@code 1/flags/checkout}. */
    @Override
    public String toString() {
        return project + "/" + set.path() + "/" + key;
    }
}
