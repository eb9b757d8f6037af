package io.variate.rulesets.rows;

import java.util.ArrayList;
import java.util.List;

/**
 * The binary form of whole rulesets and of deltas, in the flag cache and in snapshots: the version {@value #VERSION} in one
 * byte, then the compressed fields. Reading computes the digests again, so it never yields other rows than those written.
 */
public final class RowsCodec {
    static final int VERSION = 1;

    private static final RowKind[] KINDS = {RowKind.PROJECT, RowKind.DEPLOYMENT, RowKind.FLAG, RowKind.COHORT};

    private RowsCodec() {}

    /** Encodes a whole ruleset. Expensive: call it on a worker thread. */
    public static byte[] encode(RulesetRows ruleset) {
        FieldWriter out = new FieldWriter().revision(ruleset.revision());
        rows(out, ruleset.rows().all());
        return out.compressed(VERSION);
    }

    /** Encodes a delta. */
    public static byte[] encode(RulesetDelta delta) {
        return fields(delta).compressed(VERSION);
    }

    static FieldWriter fields(RulesetDelta delta) {
        FieldWriter out = new FieldWriter().revision(delta.from()).revision(delta.to());
        out.number(delta.changes().removed().size());
        delta.changes().removed().forEach(key -> key(out, key));
        rows(out, delta.changes().changed());
        return out;
    }

    private static void rows(FieldWriter out, List<Row> rows) {
        out.number(rows.size());
        for (Row row : rows) {
            key(out, row.key());
            out.signed(row.position()).text(row.definition());
        }
    }

    private static void key(FieldWriter out, RowKey key) {
        out.number(List.of(KINDS).indexOf(key.kind())).text(key.project()).text(key.key());
    }

    /**
     * Decodes a whole ruleset. Expensive: call it on a worker thread.
     *
     * @throws UnreadableRowsException if the version is unknown or the bytes are damaged
     * @throws DigestMismatchException if the rows are not those of the revision
     */
    public static RulesetRows decodeRuleset(byte[] encoded) {
        FieldReader in = FieldReader.ofCompressed(encoded, VERSION);
        Revision revision = in.revision();
        List<Row> rows = rows(in);
        in.end();
        return new RulesetRows(revision, RowSet.of(rows));
    }

    /**
     * Decodes a delta.
     *
     * @throws UnreadableRowsException if the version is unknown or the bytes are damaged
     */
    public static RulesetDelta decodeDelta(byte[] encoded) {
        FieldReader in = FieldReader.ofCompressed(encoded, VERSION);
        Revision from = in.revision();
        Revision to = in.revision();
        List<RowKey> removed = new ArrayList<>();
        for (int left = in.count(); left > 0; left--) {
            removed.add(key(in));
        }
        List<Row> changed = rows(in);
        in.end();
        return new RulesetDelta(from, to, new RowChanges(removed, changed));
    }

    private static List<Row> rows(FieldReader in) {
        int count = in.count();
        List<Row> rows = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            rows.add(new Row(key(in), in.signed(), in.text()));
        }
        return rows;
    }

    private static RowKey key(FieldReader in) {
        long kind = in.number();
        if (kind < 0 || kind >= KINDS.length) {
            throw UnreadableRowsException.malformed("unknown kind of row " + kind);
        }
        return new RowKey(KINDS[(int) kind], in.text(), in.text());
    }
}
