package io.variate.assignments.spool;

import io.variate.assignments.spool.SpoolSettings.Overflow;
import java.nio.file.Path;
import java.util.List;

/** A process that uses a spool until it is killed: prints the appended records and those that it would deliver. */
final class SpoolUser {
    private SpoolUser() {}

    /** Small segments, so that many moments are near the end of one. */
    static SpoolSettings settings(Path directory) {
        return new SpoolSettings(directory, 1 << 14, 1 << 28, Overflow.NEWEST, new Sync.Never());
    }

    /**
     * Never ends by itself.
     *
     * @param arguments directory, and a name for this life
     */
    public static void main(String[] arguments) {
        Spool spool = Spools.open(settings(Path.of(arguments[0]))).spool();
        for (int writer = 0; writer < 2; writer++) {
            String name = arguments[1] + "-" + writer + "-";
            new Thread(() -> append(spool, name)).start();
        }
        while (true) {
            deliver(spool);
        }
    }

    private static void append(Spool spool, String name) {
        for (int i = 0; ; i++) {
            String value = name + i + "-" + "x".repeat(i % 1000);
            if (Spools.put(spool, value) != Append.APPENDED) {
                throw new IllegalStateException("not appended");
            }
            System.out.println("appended " + value);
        }
    }

    private static void deliver(Spool spool) {
        List<Entry> entries = spool.poll(50, 20_000);
        if (!entries.isEmpty()) {
            Spools.values(entries).forEach(value -> System.out.println("delivered " + value));
            spool.commit(entries.get(entries.size() - 1).sequence() + 1, new byte[0]);
        }
    }
}
