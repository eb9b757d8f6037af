package io.variate.dev;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.KafkaException;

/**
 * Prints the events of a Kafka topic, one per line, and nothing else on standard output.
 *
 * <p>{@code --follow} also prints new events until it is interrupted. The system properties {@code kafka}
 * ({@code host:port}) and {@code topic} select the broker and the topic. Exits with status 1 and one line on standard error
 * if the broker does not respond; prints nothing if the topic does not exist.
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

    /** Runs the program, and returns the exit status. */
    static int run(String broker, String topic, List<String> arguments, PrintStream out, PrintStream err) {
        if (!List.of("--follow").containsAll(arguments)) {
            err.println("Unknown argument in " + arguments + ": only --follow is allowed");
            return 2;
        }
        try (EventsReader reader = new EventsReader(broker, topic)) {
            reader.readToEnd(event -> out.println(event.value()));
            out.flush();
            // A PrintStream reports a closed pipe, for example into head, only through checkError.
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
