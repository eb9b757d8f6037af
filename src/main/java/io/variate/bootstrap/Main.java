package io.variate.bootstrap;

import io.variate.commandline.CommandLine;
import io.variate.config.InvalidSettingsException;
import io.variate.config.Settings;
import io.variate.observability.LogLevels;
import io.variate.proxy.NodeSettings;
import io.vertx.core.Future;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The entry point: {@code java -jar variate.jar [settings.yaml]}, or a command of {@link CommandLine}, which does
 * not start a node.
 *
 * <p>Without an argument, {@code VARIATE_CONFIG} names the settings file, or else {@code conf/variate.yaml} is read if it
 * exists. {@link NodeSettings} also reads the configuration of evaluation-proxy. SIGTERM and Ctrl-C stop the node gracefully.
 */
public final class Main {
    /** For the steps of a shutdown without a setting, such as leaving the cluster. */
    private static final Duration STOP_SLACK = Duration.ofSeconds(20);

    private Main() {}

    public static void main(String[] arguments) {
        if (Arrays.equals(arguments, new String[] {CommandLine.REHEARSE})) {
            System.exit(rehearse());
        }
        if (CommandLine.accepts(arguments)) {
            // The raw descriptor: System.out hides that its reader has closed the pipe.
            OutputStream out = new FileOutputStream(FileDescriptor.out);
            System.exit(new CommandLine(System.in, out, System.err, System.getenv()).run(arguments));
        }
        NodeSettings loaded;
        try {
            loaded = NodeSettings.load(arguments.length == 0 ? null : Path.of(arguments[0]), System.getenv());
        } catch (InvalidSettingsException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        Settings settings = loaded.settings();
        // Before the first logger is created: the logging configuration reads this property.
        System.setProperty("variate.log.format", settings.log().format().name().toLowerCase(Locale.ROOT));
        Logger log = LoggerFactory.getLogger(Main.class);
        LogLevels.ofThisProcess().configure(settings.log().levels());
        loaded.notices().forEach(notice -> log.warn("settings: {}", notice));
        run(settings);
    }

    private static int rehearse() {
        try {
            Rehearsal.run();
            return 0;
        } catch (Exception e) {
            LoggerFactory.getLogger(Main.class).error("rehearsal failed", e);
            return 1;
        }
    }

    private static void run(Settings settings) {
        Logger log = LoggerFactory.getLogger(Main.class);
        log.info("starting with {}", settings);
        Future<Node> node = Node.start(settings);
        // Registered now, so that a node that is stopped while it starts also leaves the cluster gracefully.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(node, settings), "shutdown"));
        node.onFailure(failure -> {
            log.error("node cannot start: {}", failure.getMessage(), failure);
            System.exit(1);
        });
    }

    private static void stop(Future<Node> node, Settings settings) {
        if (node.failed()) {
            return;
        }
        Duration timeout = settings.http()
                .drainTimeout()
                .plus(settings.assignments().flushTimeout())
                .plus(STOP_SLACK);
        try {
            node.compose(Node::stop).await(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (Exception e) {
            LoggerFactory.getLogger(Main.class).error("node failed to stop gracefully", e);
        }
    }
}
