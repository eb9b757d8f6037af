package io.variate.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The machine that runs a benchmark. */
public final class Machine {

    private Machine() {}

    /** Processor, memory, operating system and JVM, in two lines. */
    public static String description() {
        return String.format(
                Locale.ROOT,
                "Machine: %s, %d processors, %s%nSystem:  %s %s; JVM: %s %s",
                fieldOf("/proc/cpuinfo", "model name"),
                Runtime.getRuntime().availableProcessors(),
                fieldOf("/proc/meminfo", "MemTotal"),
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("java.vm.name"),
                System.getProperty("java.vm.version"));
    }

    private static String fieldOf(String file, String field) {
        try (var lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(field))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }
}
