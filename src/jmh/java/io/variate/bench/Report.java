package io.variate.bench;

import io.variate.bench.Contestant.Run;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;

/** The results as Markdown. */
final class Report {
    private final StringBuilder text = new StringBuilder();

    String text() {
        return text.toString();
    }

    Report machine() {
        return line("%s; all servers without flags", Machine.description());
    }

    Report line(String format, Object... arguments) {
        text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
        return this;
    }

    Report table(List<Contestant> contestants) {
        text.append('\n');
        row("server", "answers/s", "per CPU second", "CPU µs", "p50 ms", "p99 ms", "bytes", "CPUs");
        row("---", "---:", "---:", "---:", "---:", "---:", "---:", "---:");
        for (Contestant contestant : contestants) {
            row(
                    contestant.name(),
                    number("%,.0f", contestant.median(Run::perSecond)),
                    number("%,.0f", contestant.median(Run::perCpuSecond))
                            + number(" ± %4.1f %%", 100 * contestant.spread(Run::perCpuSecond)),
                    number("%.2f", contestant.median(Run::cpuMicros)),
                    number("%.2f", contestant.median(run -> run.seen().p50() / 1e3)),
                    number("%.2f", contestant.median(run -> run.seen().p99() / 1e3)),
                    Long.toString(contestant.answerSize()),
                    number("%.2f", contestant.median(Run::processors)));
        }
        text.append('\n');
        return this;
    }

    Report ratio(Contestant one, Contestant other) {
        return line(
                "%s / %s: %.2f per CPU second, %.2f in answers/s",
                one.name(), other.name(), one.ratio(other, Run::perCpuSecond), one.ratio(other, Run::perSecond));
    }

    private void row(Object... cells) {
        text.append(String.format(Locale.ROOT, "| %-26s | %9s | %16s | %7s | %7s | %7s | %7s | %6s |%n", cells));
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    /** The load average of the last minute; results are unreliable if it is much above 0 before the start. */
    static double busy() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }
}
