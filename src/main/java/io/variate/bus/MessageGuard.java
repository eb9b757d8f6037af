package io.variate.bus;

import io.vertx.core.eventbus.DeliveryContext;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks every inbound message before a consumer sees it. A message that cannot be decoded, or whose body is not allowed at
 * its address, is rejected: its sender receives a failure if it awaits a reply, and the observer is notified. Consumers on
 * this bus therefore receive only what {@link MessageType} allows at their address.
 *
 * <p>A reply that cannot be decoded is dropped. If it were passed on, the event bus would cancel the request's timer and then
 * leave its future open for ever. Dropped, the request times out.
 *
 * <p>The event bus itself rejects messages of unregistered codecs before they reach this class.
 */
public final class MessageGuard {
    /** Prefix of the event bus's reply addresses, which accept any body. */
    private static final String REPLY = "__vertx.reply.";

    /** Allowed bodies by address, or by prefix for the addresses of one node. */
    private static final Map<String, Set<Class<?>>> BODIES = bodies();

    private static final List<String> PREFIXES = Stream.concat(
                    Stream.of(REPLY), BODIES.keySet().stream().filter(address -> address.endsWith(".")))
            .toList();

    /** The codes that this guard rejects messages with. */
    public static final List<FailureCode> CODES = List.of(FailureCode.INVALID_REQUEST, FailureCode.UNSUPPORTED_VERSION);

    private final Observer observer;

    /** Receives every rejection. */
    @FunctionalInterface
    public interface Observer {
        /**
         * Called on the receiving thread; must be quick and must never block.
         *
         * @param address the address, or its prefix if it belongs to one node or to one request
         * @param code the failure code that the sender receives if it awaits a reply
         * @param why the reason for a log; quotes the message, so it may contain anything
         */
        void refused(String address, FailureCode code, String why);
    }

    private MessageGuard(Observer observer) {
        this.observer = observer;
    }

    /** Checks the messages of a bus until its Vert.x is closed. Call once per bus. */
    public static void install(EventBus bus, Observer observer) {
        bus.addInboundInterceptor(new MessageGuard(observer)::check);
    }

    /** Every address or prefix that an observer can receive. */
    public static Set<String> addresses() {
        Set<String> all = new TreeSet<>(BODIES.keySet());
        all.addAll(PREFIXES);
        return all;
    }

    private static Map<String, Set<Class<?>>> bodies() {
        Map<String, Set<Class<?>>> bodies = new HashMap<>();
        for (MessageType type : MessageType.values()) {
            for (String address : type.addresses()) {
                bodies.computeIfAbsent(address, absent -> new HashSet<>()).add(type.messageClass());
            }
        }
        // Clients in any Vert.x language may send an evaluation request as JSON.
        MessageType.EVALUATION_REQUEST.addresses().forEach(address -> Objects.requireNonNull(bodies.get(address))
                .add(JsonObject.class));
        return Map.copyOf(bodies);
    }

    private void check(DeliveryContext<Object> delivery) {
        Message<Object> message = delivery.message();
        String registered = registeredAddress(message.address());
        if (registered == null) {
            delivery.next();
            return;
        }
        try {
            check(BODIES.get(registered), message.body());
        } catch (UnsupportedVersionException e) {
            reject(message, registered, FailureCode.UNSUPPORTED_VERSION, e);
            return;
        } catch (RuntimeException e) {
            reject(message, registered, FailureCode.INVALID_REQUEST, e);
            return;
        }
        delivery.next();
    }

    /** The address, or its prefix if it belongs to one node or to one request; null for another application's address. */
    private static @Nullable String registeredAddress(String address) {
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

    private static void check(@Nullable Set<Class<?>> types, @Nullable Object body) {
        if (types == null) {
            return;
        }
        for (Class<?> type : types) {
            if (type.isInstance(body)) {
                return;
            }
        }
        throw new IllegalArgumentException("a message of this type is not allowed at this address");
    }

    private void reject(Message<Object> message, String registered, FailureCode code, RuntimeException cause) {
        String why = String.valueOf(cause.getMessage());
        observer.refused(registered, code, why);
        if (!registered.equals(REPLY) && message.replyAddress() != null) {
            message.fail(code.number(), why);
        }
    }
}
