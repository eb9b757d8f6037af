package io.variate.rulesets;

import io.variate.rulesets.rows.FieldReader;
import io.variate.rulesets.rows.FieldWriter;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.UnreadableRowsException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The root of the flag cache: it names the entries that make up the newest ruleset. Those entries never change, so entries
 * of both sides of a healed split can coexist.
 *
 * @param revision the newest revision
 * @param anchor the entry with a whole ruleset
 * @param anchorBytes the size of that entry
 * @param links the entries with consecutive deltas; the last one leads to {@code revision}
 * @param linksSinceAnchor how many of them follow the anchor; the others lead to it
 * @param bytesSinceAnchor the size of those that follow the anchor
 */
record CacheHead(
        Revision revision,
        Link anchor,
        long anchorBytes,
        List<Link> links,
        int linksSinceAnchor,
        long bytesSinceAnchor) {
    static final int VERSION = 1;

    /** Deltas that a node applies to catch up, at most; the cache holds up to twice as many. */
    static final int MAX_LINKS_SINCE_ANCHOR = 500;

    /** The anchor of a small ruleset is not rewritten before this size of deltas. */
    static final int MIN_BYTES_SINCE_ANCHOR = 64 << 10;

    /** Which of two heads is kept when a split heals. Equal numbers are compared by digest, which all nodes do alike. */
    static final Comparator<CacheHead> NEWEST = Comparator.<CacheHead>comparingLong(
                    head -> head.revision().number())
            .thenComparing(head -> !head.revision().history().equals(Revision.UNKNOWN_HISTORY))
            .thenComparing(head -> head.revision().digest().toString())
            .thenComparing(head -> head.revision().history());

    CacheHead {
        links = List.copyOf(links);
    }

    /**
     * The name of an entry.
     *
     * @param number the number of the revision that the entry leads to
     * @param fingerprint tells apart entries with equal numbers, after a split
     */
    record Link(long number, int fingerprint) {
        static Link of(Revision whole) {
            return new Link(whole.number(), hash(whole));
        }

        static Link of(RulesetDelta delta) {
            return new Link(delta.to().number(), 31 * hash(delta.from()) + hash(delta.to()));
        }

        /** Not {@link Revision#hashCode}, which may differ between versions of Java. */
        private static int hash(Revision revision) {
            long digest = revision.digest().high() ^ revision.digest().low();
            return 31 * (31 * Long.hashCode(digest) + Long.hashCode(revision.number()))
                    + revision.history().hashCode();
        }
    }

    /** The head after a whole ruleset was put. */
    static CacheHead ofWhole(Revision revision, long bytes) {
        return new CacheHead(revision, Link.of(revision), bytes, List.of(), 0, 0);
    }

    /** The head after a delta was put. */
    CacheHead plus(RulesetDelta delta, long bytes) {
        List<Link> longer = new ArrayList<>(links);
        longer.add(Link.of(delta));
        return new CacheHead(delta.to(), anchor, anchorBytes, longer, linksSinceAnchor + 1, bytesSinceAnchor + bytes);
    }

    /** Whether the deltas since the anchor are so many that a new one pays. */
    boolean needsAnchor() {
        return linksSinceAnchor > MAX_LINKS_SINCE_ANCHOR
                || bytesSinceAnchor > Math.max(anchorBytes / 2, MIN_BYTES_SINCE_ANCHOR);
    }

    /** The head after its whole ruleset was put. Keeps deltas since the previous anchor, for nodes that are slightly behind. */
    CacheHead anchored(long bytes) {
        return new CacheHead(revision, Link.of(revision), bytes, sinceAnchor(), 0, 0);
    }

    /** The deltas that follow the anchor. */
    List<Link> sinceAnchor() {
        return links.subList(links.size() - linksSinceAnchor, links.size());
    }

    /** The deltas that may follow a revision, oldest first; empty if there are none. */
    List<Link> since(Revision served) {
        for (int i = 0; i < links.size(); i++) {
            if (links.get(i).number() > served.number()) {
                return links.subList(i, links.size());
            }
        }
        return List.of();
    }

    byte[] encode() {
        FieldWriter out = new FieldWriter().revision(revision);
        link(out, anchor);
        out.number(anchorBytes)
                .number(linksSinceAnchor)
                .number(bytesSinceAnchor)
                .number(links.size());
        links.forEach(link -> link(out, link));
        return out.plain(VERSION);
    }

    private static void link(FieldWriter out, Link link) {
        out.number(link.number()).number(Integer.toUnsignedLong(link.fingerprint()));
    }

    /**
     * Decodes a head.
     *
     * @throws UnreadableRowsException if the version is unknown or the bytes are damaged
     */
    static CacheHead decode(byte[] encoded) {
        FieldReader in = FieldReader.ofPlain(encoded, VERSION);
        Revision revision = in.revision();
        Link anchor = link(in);
        long anchorBytes = in.number();
        long linksSinceAnchor = in.number();
        long bytesSinceAnchor = in.number();
        List<Link> links = new ArrayList<>();
        for (int left = in.count(); left > 0; left--) {
            links.add(link(in));
        }
        in.end();
        if (linksSinceAnchor < 0 || linksSinceAnchor > links.size()) {
            throw UnreadableRowsException.malformed("a head with more deltas since the anchor than deltas");
        }
        return new CacheHead(revision, anchor, anchorBytes, links, (int) linksSinceAnchor, bytesSinceAnchor);
    }

    private static Link link(FieldReader in) {
        return new Link(in.number(), (int) in.number());
    }
}
