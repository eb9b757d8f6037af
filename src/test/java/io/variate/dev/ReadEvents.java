package io.variate.dev;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.KafkaException;

/**
 * Prints the assignment events the broker holds, one per line, and nothing else on standard output.
 *
 * <p>{@code --follow} goes on with new events until interrupted. The system properties {@code kafka}
 * ({@code host:port}) and {@code topic} choose what to read. Ends with status 1 and one line on standard error when the
 * broker does not answer, and quietly when the topic does not exist.
 */
public final class ReadEvents {

    private ReadEvents() {}

    public static void main(String[] arguments) {
        QuietLoggers.silence();
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        System.exit(run(
                System.getProperty("kafka", "127.0.0.1:9092"),
                System.getProperty("topic", "experiment.assignments"),
                List.of(arguments),
                out,
                System.err));
    }

    /** The program but for its end: returns the exit status. */
    static int run(String broker, String topic, List<String> arguments, PrintStream out, PrintStream err) {
        if (!List.of("--follow").containsAll(arguments)) {
            err.println("Unknown argument in " + arguments + ", only --follow is known");
            return 2;
        }
        try (EventsReader reader = new EventsReader(broker, topic)) {
            reader.readToEnd(event -> out.println(event.value()));
            out.flush();
            // A reader that has gone, as of a pipe into head, shows only as an error of the stream.
            while (arguments.contains("--follow") && !out.checkError()) {
                reader.readSome(event -> out.println(event.value()));
            }
            return 0;
        } catch (KafkaException e) {
            err.println("Cannot read " + topic + " from Kafka at " + broker + ": " + e.getMessage());
            return 1;
        }
    }
}
