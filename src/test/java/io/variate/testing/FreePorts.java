package io.variate.testing;

import io.variate.dev.FreePort;
import java.util.List;
import java.util.stream.Stream;

/** Ports of the loopback interface for servers that must know theirs before they start. */
public final class FreePorts {

    private FreePorts() {}

    /** A port that is free at this moment. */
    public static int one() {
        return FreePort.pick();
    }

    /** Different ports, all free at this moment. */
    public static List<Integer> some(int count) {
        return Stream.generate(FreePort::pick).distinct().limit(count).toList();
    }
}
