package io.variate.bootstrap;

import io.variate.config.InvalidSettingsException;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The entry point: {@code java -jar variate.jar [settings.yaml]}.
 *
 * <p>Without an argument, {@code conf/variate.yaml} is read if there is one. SIGTERM and Ctrl-C stop the node in order.
 */
public final class Main {
    private static final Path USUAL_FILE = Path.of("conf", "variate.yaml");

    /** More than all steps of a stop may take together. */
    private static final long STOP_TIMEOUT_SECONDS = 60;

    private Main() {}

    public static void main(String[] arguments) {
        Settings settings;
        try {
            settings = SettingsLoader.load(settingsFile(arguments), System.getenv());
        } catch (InvalidSettingsException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        // Before the first logger is made, for the logging configuration reads it.
        System.setProperty("variate.log.format", settings.log().format().name().toLowerCase(Locale.ROOT));
        run(settings);
    }

    private static void run(Settings settings) {
        Logger log = LoggerFactory.getLogger(Main.class);
        log.info("starting with {}", settings);
        Node.start(settings)
                .onSuccess(node -> Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(node), "shutdown")))
                .onFailure(failure -> {
                    log.error("the node cannot start: {}", failure.getMessage(), failure);
                    System.exit(1);
                });
    }

    private static void stop(Node node) {
        try {
            node.stop().await(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            LoggerFactory.getLogger(Main.class).error("the node did not stop in order", e);
        }
    }

    private static @Nullable Path settingsFile(String[] arguments) {
        if (arguments.length > 0) {
            return Path.of(arguments[0]);
        }
        String named = System.getenv().get("VARIATE_CONFIG");
        if (named != null) {
            return Path.of(named);
        }
        return Files.exists(USUAL_FILE) ? USUAL_FILE : null;
    }
}
