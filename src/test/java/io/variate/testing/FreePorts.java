package io.variate.testing;

import io.variate.dev.FreePort;
import java.util.List;
import java.util.stream.Stream;

/** Free ports of the loopback interface, for servers that need to know their port before they start. */
public final class FreePorts {

    private FreePorts() {}

    /** A port that is free now. */
    public static int one() {
        return FreePort.pick();
    }

    /** Different ports that are free now. */
    public static List<Integer> some(int count) {
        return Stream.generate(FreePort::pick).distinct().limit(count).toList();
    }
}
