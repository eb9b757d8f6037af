package io.variate.it.attack;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** The faults that a fuzzer found, by kind, each with its routes and the shortest request that shows it. Thread-safe. */
final class Findings {
    private static final int MOST_SHOWN = 4000;

    private final Map<String, Finding> kinds = new TreeMap<>();
    private final Map<String, AtomicInteger> statuses = new ConcurrentHashMap<>();

    private static final class Finding {
        private final Map<String, Integer> routes = new TreeMap<>();
        private String example = "";
        private int length = Integer.MAX_VALUE;
    }

    /**
     * Adds a fault.
     *
     * @param before bytes sent on the connection before the request
     */
    synchronized void add(String kind, String route, String detail, byte[] before, byte[] sent) {
        Finding finding = kinds.computeIfAbsent(kind, fresh -> new Finding());
        finding.routes.merge(route, 1, Integer::sum);
        int length = sent.length + before.length;
        if (length < finding.length) {
            finding.length = length;
            finding.example = route + ": " + detail
                    + (before.length == 0 ? "" : "\n    before: " + printed(before))
                    + "\n    sent:   " + printed(sent);
        }
    }

    void answered(String protocol, int status) {
        statuses.computeIfAbsent(protocol + " " + status, fresh -> new AtomicInteger())
                .incrementAndGet();
    }

    int answers() {
        return statuses.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    int answers(int status) {
        return statuses.entrySet().stream()
                .filter(entry -> entry.getKey().endsWith(" " + status))
                .mapToInt(entry -> entry.getValue().get())
                .sum();
    }

    String statuses() {
        return new TreeMap<>(statuses).toString();
    }

    synchronized boolean isEmpty() {
        return kinds.isEmpty();
    }

    private static String printed(byte[] bytes) {
        String text = FuzzedRequest.printed(bytes);
        return text.length() <= MOST_SHOWN
                ? text
                : text.substring(0, MOST_SHOWN) + "… (" + text.length() + " characters)";
    }

    @Override
    public synchronized String toString() {
        return kinds.entrySet().stream()
                .map(entry -> entry.getKey() + "\n  " + entry.getValue().routes + "\n  " + entry.getValue().example)
                .collect(Collectors.joining("\n", kinds.size() + " kinds of faults\n", ""));
    }
}
