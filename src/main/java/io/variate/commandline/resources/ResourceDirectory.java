package io.variate.commandline.resources;

import io.variate.json.Json;
import io.variate.json.JsonException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory with one file for each resource: {@code PROJECT/SET/KEY.json}, and {@code versions.json} with the version on
 * the server that each file was exported from. All other files are left alone.
 */
final class ResourceDirectory {
    private static final String VERSIONS = "versions.json";

    private final Path root;

    ResourceDirectory(Path root) {
        this.root = root;
    }

    /**
     * Reads all resources.
     *
     * @throws IOException if a file cannot be read or is not a JSON object; the message names it
     */
    SortedMap<ResourceName, Map<String, @Nullable Object>> read() throws IOException {
        SortedMap<ResourceName, Map<String, @Nullable Object>> found = new TreeMap<>();
        if (!Files.isDirectory(root)) {
            throw new IOException(root + " is not a directory");
        }
        try (DirectoryStream<Path> projects = Files.newDirectoryStream(root, Files::isDirectory)) {
            for (Path project : projects) {
                for (ResourceSet set : ResourceSet.values()) {
                    read(project, set, found);
                }
            }
        }
        return found;
    }

    private static void read(Path project, ResourceSet set, Map<ResourceName, Map<String, @Nullable Object>> found)
            throws IOException {
        Path directory = project.resolve(set.path());
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                if (ResourceName.isResource(name)) {
                    found.put(
                            new ResourceName(String.valueOf(project.getFileName()), set, ResourceName.key(name)),
                            object(file));
                }
            }
        }
    }

    @SuppressWarnings("unchecked") // a tree of Json has no other maps
    private static Map<String, @Nullable Object> object(Path file) throws IOException {
        try {
            if (Json.parseStrict(Files.readString(file)) instanceof Map<?, ?> tree) {
                return (Map<String, @Nullable Object>) tree;
            }
        } catch (JsonException e) {
            throw new IOException(file + " is not valid JSON: " + e.getMessage() + ", at " + e.path(), e);
        }
        throw new IOException(file + " must be a JSON object");
    }

    /** The version of each file on the server when it was exported. */
    Map<String, Long> versions() throws IOException {
        Map<String, Long> versions = new LinkedHashMap<>();
        try {
            object(root.resolve(VERSIONS)).forEach((file, version) -> {
                if (version instanceof Long number) {
                    versions.put(file, number);
                }
            });
        } catch (NoSuchFileException e) {
            // Nothing has been exported to this directory.
            return versions;
        }
        return versions;
    }

    /** Writes the files of resources and removes those of others. Unchanged files keep their time. */
    void write(SortedMap<ResourceName, Map<String, @Nullable Object>> resources) throws IOException {
        if (Files.isDirectory(root)) {
            for (ResourceName name : read().keySet()) {
                if (!resources.containsKey(name)) {
                    Files.delete(root.resolve(name.file()));
                }
            }
        }
        for (Map.Entry<ResourceName, Map<String, @Nullable Object>> each : resources.entrySet()) {
            write(root.resolve(each.getKey().file()), each.getValue());
        }
    }

    void writeVersions(Map<String, Long> versions) throws IOException {
        write(root.resolve(VERSIONS), new TreeMap<>(versions));
    }

    private static void write(Path file, Map<String, ?> tree) throws IOException {
        String text = IndentedJson.write(tree);
        if (!Files.exists(file) || !Files.readString(file).equals(text)) {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, text);
        }
    }
}
