package io.variate.assignments;

import io.variate.assignments.spool.Opening;
import io.variate.assignments.spool.Spool;
import io.variate.assignments.spool.SpoolSettings;
import io.variate.assignments.spool.Sync;
import java.io.IOException;
import java.nio.file.Path;

/** A process that locks the spool of a directory until it receives input or is killed. */
final class SpoolHolder {
    private SpoolHolder() {}

    public static void main(String[] arguments) throws IOException {
        SpoolSettings settings = new SpoolSettings(
                Path.of(arguments[0]), 65_536, 1 << 20, SpoolSettings.Overflow.NEWEST, new Sync.Never());
        try (Spool spool = ((Opening.Opened) Spool.open(settings)).spool()) {
            System.out.println("holds " + spool.status().next());
            System.in.read();
        }
    }
}
