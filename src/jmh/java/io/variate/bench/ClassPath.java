package io.variate.bench;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The class path of the project, for the JVMs that benchmarks start. */
public final class ClassPath {

    private ClassPath() {}

    /** Sets {@code java.class.path}: Maven runs a class in its own JVM, which has another class path than the project. */
    public static void passOn() {
        Stream<String> entries = ClassPath.class.getClassLoader() instanceof URLClassLoader loader
                ? Arrays.stream(loader.getURLs()).map(URL::getPath)
                : Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1));
        System.setProperty(
                "java.class.path",
                entries.map(entry -> Path.of(entry).toAbsolutePath().toString())
                        .collect(Collectors.joining(File.pathSeparator)));
    }
}
