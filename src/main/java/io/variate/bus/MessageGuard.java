package io.variate.bus;

import io.vertx.core.eventbus.DeliveryContext;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Looks at every message before anybody works on it. One that cannot be read, or whose body does not belong at its
 * address, goes no further: its sender is answered with a failure, if it waits for an answer, and an observer is told. So
 * whoever takes messages on this bus gets what the address promises.
 *
 * <p>An answer that cannot be read is dropped too: the event bus would end the timer of the question and then leave the
 * question open for ever. As it is, the question times out.
 *
 * <p>Messages of codecs that nobody registered do not come so far: the event bus itself refuses them.
 */
public final class MessageGuard {
    private static final List<Class<?>> EVALUATION =
            List.of(EvaluationRequest.class, EvaluationBatch.class, JsonObject.class);

    /** What belongs at an address, or at all that begin so. */
    private static final Map<String, List<Class<?>>> BODIES = Map.ofEntries(
            Map.entry(Addresses.EVALUATE, EVALUATION),
            Map.entry(Addresses.EVALUATE_ON_THIS_NODE, EVALUATION),
            Map.entry(Addresses.EVALUATE_AT, EVALUATION),
            Map.entry(Addresses.EVALUATORS, List.of(EvaluatorAnnouncement.class)),
            Map.entry(Addresses.ASSIGNMENTS, List.of(AssignmentBatch.class)),
            Map.entry(Addresses.RECEIVED, List.of(ReceivedEvents.class)),
            Map.entry(Addresses.RECEIVED_ON_THIS_NODE, List.of(ReceivedEvents.class)),
            Map.entry(Addresses.FORWARDED, List.of(AssignmentBatch.class)),
            Map.entry(Addresses.FORWARDED_ON_THIS_NODE, List.of(AssignmentBatch.class)),
            Map.entry(Addresses.COHORTS_CHANGED, List.of(CohortHeadsRequest.class)),
            Map.entry(Addresses.COHORT_HEADS, List.of(CohortHeadsRequest.class)),
            Map.entry(Addresses.COHORT_MEMBERS, List.of(CohortSliceRequest.class)),
            Map.entry(Addresses.LEDGER, List.of(LedgerRequest.class)));

    /** Where the event bus has answers sent, which are of any kind. */
    private static final String REPLY = "__vertx.reply.";

    private static final List<String> PREFIXES =
            List.of(REPLY, Addresses.EVALUATE_AT, Addresses.LEDGER, Addresses.COHORT_HEADS, Addresses.COHORT_MEMBERS);

    /** Why a message is refused. */
    public static final List<FailureCode> CODES = List.of(FailureCode.INVALID_REQUEST, FailureCode.UNSUPPORTED_VERSION);

    private final Observer observer;

    /** Is told of messages that were refused. */
    @FunctionalInterface
    public interface Observer {
        /**
         * To be quick, and never to block.
         *
         * @param address without what it ends with if it is of one node or of one question
         * @param code what its sender was told, if it waits
         * @param why for a person; made from the message, so it may say anything
         */
        void refused(String address, FailureCode code, String why);
    }

    private MessageGuard(Observer observer) {
        this.observer = observer;
    }

    /** Watches a bus until its Vert.x is closed; once for each. */
    public static void install(EventBus bus, Observer observer) {
        bus.addInboundInterceptor(new MessageGuard(observer)::check);
    }

    /** What an observer may be told as the address. */
    public static Set<String> addresses() {
        Set<String> all = new TreeSet<>(BODIES.keySet());
        all.addAll(PREFIXES);
        return all;
    }

    private void check(DeliveryContext<Object> delivery) {
        Message<Object> message = delivery.message();
        String kind = kindOf(message.address());
        if (kind == null) {
            delivery.next();
            return;
        }
        try {
            check(BODIES.get(kind), message.body());
        } catch (UnsupportedVersionException e) {
            refuse(message, kind, FailureCode.UNSUPPORTED_VERSION, e);
            return;
        } catch (RuntimeException e) {
            refuse(message, kind, FailureCode.INVALID_REQUEST, e);
            return;
        }
        delivery.next();
    }

    /** The address, or what it begins with if it is of one node or of one question; null if it is none of ours. */
    private static @Nullable String kindOf(String address) {
        if (BODIES.containsKey(address)) {
            return address;
        }
        for (String prefix : PREFIXES) {
            if (address.startsWith(prefix)) {
                return prefix;
            }
        }
        return null;
    }

    private static void check(@Nullable List<Class<?>> types, @Nullable Object body) {
        if (types == null) {
            return;
        }
        for (Class<?> type : types) {
            if (type.isInstance(body)) {
                return;
            }
        }
        throw new IllegalArgumentException("no message of that kind belongs here");
    }

    private void refuse(Message<Object> message, String kind, FailureCode code, RuntimeException cause) {
        String why = String.valueOf(cause.getMessage());
        observer.refused(kind, code, why);
        if (!kind.equals(REPLY) && message.replyAddress() != null) {
            message.fail(code.number(), why);
        }
    }
}
