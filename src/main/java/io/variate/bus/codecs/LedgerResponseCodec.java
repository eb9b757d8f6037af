package io.variate.bus.codecs;

import io.variate.bus.LedgerRequest;
import io.variate.bus.LedgerResponse;
import io.variate.bus.LedgerResponse.Forwarded;
import io.variate.bus.MessageType;
import io.vertx.core.buffer.Buffer;
import java.util.SortedMap;
import java.util.TreeMap;

final class LedgerResponseCodec extends ByReferenceCodec<LedgerResponse> {
    private static final int EVALUATED = 1;
    private static final int EXPOSURES = 2;
    private static final int UNTRACKED = 3;
    private static final int DEDUPLICATED = 4;
    private static final int DELIVERED = 5;
    private static final int SPOOLED = 6;
    private static final int CAUSE = 7;
    private static final int LOST = 8;
    private static final int SPOOLED_BYTES = 9;
    private static final int LAG_MILLIS = 10;
    private static final int RECEIVED = 11;
    private static final int DESTINATION = 12;
    private static final int FORWARDED_RECEIVED = 13;
    private static final int FORWARDED_DELIVERED = 14;
    private static final int FORWARDED_REJECTED = 15;

    LedgerResponseCodec() {
        super(MessageType.LEDGER_RESPONSE);
    }

    @Override
    public void encodeToWire(Buffer buffer, LedgerResponse ledger) {
        FieldWriter out = new FieldWriter(buffer, LedgerRequest.VERSION)
                .number(EVALUATED, ledger.evaluated())
                .number(EXPOSURES, ledger.exposures())
                .number(UNTRACKED, ledger.untracked())
                .number(DEDUPLICATED, ledger.deduplicated())
                .number(DELIVERED, ledger.delivered())
                .number(SPOOLED, ledger.spooled());
        ledger.lost().forEach((cause, count) -> out.text(CAUSE, cause).number(LOST, count));
        out.number(SPOOLED_BYTES, ledger.spooledBytes())
                .number(LAG_MILLIS, ledger.lagMillis())
                .number(RECEIVED, ledger.received());
        ledger.forwarded().forEach((destination, forwarded) -> out.text(DESTINATION, destination)
                .number(FORWARDED_RECEIVED, forwarded.received())
                .number(FORWARDED_DELIVERED, forwarded.delivered())
                .number(FORWARDED_REJECTED, forwarded.rejected()));
        out.end();
    }

    @Override
    public LedgerResponse decodeFromWire(int position, Buffer buffer) {
        FieldReader in = new FieldReader(position, buffer, LedgerRequest.VERSION);
        long[] numbers = new long[FORWARDED_REJECTED + 1];
        SortedMap<String, Long> lost = new TreeMap<>();
        String cause = "";
        SortedMap<String, Forwarded> forwarded = new TreeMap<>();
        String destination = "";
        for (int tag = in.next(); tag >= 0; tag = in.next()) {
            switch (tag) {
                case EVALUATED,
                        EXPOSURES,
                        UNTRACKED,
                        DEDUPLICATED,
                        DELIVERED,
                        SPOOLED,
                        SPOOLED_BYTES,
                        LAG_MILLIS,
                        RECEIVED,
                        FORWARDED_RECEIVED,
                        FORWARDED_DELIVERED -> numbers[tag] = in.number();
                case CAUSE -> cause = in.text();
                case LOST -> lost.put(cause, in.number());
                case DESTINATION -> destination = in.text();
                case FORWARDED_REJECTED ->
                    forwarded.put(
                            destination,
                            new Forwarded(numbers[FORWARDED_RECEIVED], numbers[FORWARDED_DELIVERED], in.number()));
                default -> {
                    // Skip fields of a newer release.
                }
            }
        }
        return new LedgerResponse(
                numbers[EVALUATED],
                numbers[EXPOSURES],
                numbers[RECEIVED],
                numbers[UNTRACKED],
                numbers[DEDUPLICATED],
                numbers[DELIVERED],
                numbers[SPOOLED],
                lost,
                numbers[SPOOLED_BYTES],
                numbers[LAG_MILLIS],
                forwarded);
    }
}
