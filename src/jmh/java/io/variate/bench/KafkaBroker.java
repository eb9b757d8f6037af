package io.variate.bench;

import io.variate.dev.EmbeddedKafka;
import java.nio.file.Path;

/** A Kafka broker in a separate JVM, so that its CPU time does not count for the node. Argument: its data directory. */
public final class KafkaBroker {
    private KafkaBroker() {}

    /** Prints {@code broker on <host:port>} when it is up, and runs until it is killed. */
    public static void main(String[] arguments) throws InterruptedException {
        EmbeddedKafka kafka = EmbeddedKafka.start(Path.of(arguments[0]), 0);
        System.out.println("broker on " + kafka.bootstrapServers());
        Thread.currentThread().join();
    }
}
