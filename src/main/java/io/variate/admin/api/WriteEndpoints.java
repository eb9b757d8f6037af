package io.variate.admin.api;

import io.variate.admin.TokenGuard;
import io.variate.admin.api.WriteOperation.Form;
import io.variate.json.Problem;
import io.variate.management.Idempotency;
import io.variate.management.Management;
import io.variate.management.Outcome;
import io.variate.management.RejectedWriteException;
import io.variate.management.Stored;
import io.variate.management.Write;
import io.variate.management.WriteContext;
import io.variate.management.access.Caller;
import io.variate.management.model.Resource;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.RulesetChange;
import io.variate.store.StoredAnswer;
import io.variate.web.InvalidRequestException;
import io.variate.web.ResponseHeaders;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Writes of single resources and batches. Used on the event loop; bodies are read and rendered on worker threads. */
final class WriteEndpoints {
    private static final CharSequence WARNING = HttpHeaders.createOptimized("X-Variate-Warning");
    private static final String DRY_RUN = "dryRun";
    private static final String REFERENCE = "$";
    private static final int MOST_WARNINGS = 10;
    private static final int LONGEST_WARNING = 300;

    private final Management management;
    private final WriteOperations operations;

    WriteEndpoints(Management management, WriteOperations operations) {
        this.management = management;
        this.operations = operations;
    }

    /**
     * Writes that are ready for the service.
     *
     * @param names of created resources, one for each write; null for none
     * @param warnings filled by the service's calls of the edits
     */
    private record Prepared(
            List<Write> writes, List<@Nullable String> names, Collection<Problem> warnings, String fingerprint) {}

    /** Writes one resource. */
    Future<Answer> write(ApiRequest request, WriteOperation operation) {
        Query query = request.query();
        Long ifMatch = request.ifMatch();
        return submit(
                request,
                "api",
                body -> {
                    WriteRequest write = WriteRequest.of(request.parameters(), query, ifMatch, body, "");
                    List<@Nullable String> unnamed = new ArrayList<>();
                    unnamed.add(null);
                    return new Prepared(
                            List.of(operation.translation().translate(write)), unnamed, write.warnings(), "");
                },
                operation.form());
    }

    /** Writes several resources in one transaction. */
    Future<Answer> batch(ApiRequest request) {
        return submit(request, "batch", body -> batch(BatchBody.read(body)), Form.CHANGES);
    }

    /** The rows after the writes of a batch, which are not stored, so that reading suffices; see {@link ManagementEndpoints#candidate}. */
    Future<RulesetChange.Outcome> candidate(RoutingContext context, JsonObject batch) {
        // With force, as a preview also shows what happens if a deployment loses its last flag.
        WriteContext dry =
                new WriteContext(Caller.of(context).unlimited(), "preview", null, "preview", null, true, true);
        return context.vertx()
                .executeBlocking(
                        () -> batch(BatchBody.read(JsonBody.parse(batch.encode().getBytes(StandardCharsets.UTF_8)))),
                        false)
                .compose(prepared -> management.candidate(dry, prepared.writes()))
                .recover(failure -> Future.failedFuture(
                        failure instanceof InvalidRulesetException
                                ? failure
                                : new InvalidRequestException(ManagementFailures.toError(failure))));
    }

    private Future<Answer> submit(
            ApiRequest request, String door, Function<@Nullable Object, Prepared> preparation, Form form) {
        boolean dryRun = request.query().bool(DRY_RUN);
        if (dryRun) {
            TokenGuard.markDryRun(request.context());
        }
        boolean force = request.query().bool("force");
        String reason = request.reason();
        String key = request.idempotencyKey();
        byte[] body = request.body();
        return request.onWorker(() -> {
                    Prepared prepared = preparation.apply(JsonBody.parse(body));
                    return new Prepared(
                            prepared.writes(), prepared.names(), prepared.warnings(), fingerprint(request, body));
                })
                .compose(prepared -> {
                    Function<Outcome, Answer> rendering = outcome -> render(request, prepared, form, dryRun, outcome);
                    Idempotency idempotency = key == null
                            ? null
                            : new Idempotency(
                                    key,
                                    prepared.fingerprint(),
                                    outcome -> stored(rendering.apply(outcome), warnings(prepared, outcome), outcome));
                    WriteContext context =
                            new WriteContext(request.caller(), door, reason, request.id(), idempotency, dryRun, force);
                    return management.write(context, prepared.writes()).compose(outcome -> {
                        StoredAnswer earlier = outcome.earlier();
                        putHeaders(
                                request.context().response(),
                                earlier == null ? outcome.revision() : earlier.revision(),
                                earlier == null ? warnings(prepared, outcome) : earlier.warnings());
                        return earlier == null
                                ? request.onWorker(() -> rendering.apply(outcome))
                                : Future.succeededFuture(
                                        new Answer(earlier.status(), earlier.entityTag(), earlier.body()));
                    });
                });
    }

    private static StoredAnswer stored(Answer answer, List<String> warnings, Outcome outcome) {
        return new StoredAnswer(answer.status(), answer.entityTag(), outcome.revision(), warnings, answer.body());
    }

    private static String fingerprint(ApiRequest request, byte[] body) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            String head = request.context().request().method() + " "
                    + request.context().request().uri() + "\n" + request.ifMatchText() + "\n";
            digest.update(head.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is missing, which every Java platform must have", e);
        }
    }

    // Batches

    private Prepared batch(List<BatchBody.Entry> entries) {
        Map<String, String> references = new HashMap<>();
        List<Write> writes = new ArrayList<>();
        List<@Nullable String> names = new ArrayList<>();
        Set<Problem> warnings = new LinkedHashSet<>();
        for (int i = 0; i < entries.size(); i++) {
            BatchBody.Entry entry = entries.get(i);
            String place = "writes[" + i + "]";
            // Negative ids stand for the resources that the batch creates.
            long placeholder = -1L - i;
            writes.add(located(place, () -> translate(entry, place, placeholder, references, warnings)));
            names.add(entry.name());
            if (entry.name() != null) {
                references.put(REFERENCE + entry.name(), Long.toString(placeholder));
            }
        }
        return new Prepared(writes, names, warnings, "");
    }

    private Write translate(
            BatchBody.Entry entry,
            String place,
            long placeholder,
            Map<String, String> references,
            Set<Problem> warnings) {
        List<String> path = entry.path().stream()
                .map(segment -> references.getOrDefault(segment, segment))
                .toList();
        WriteOperations.Match match = operations.find(entry.method(), path);
        if (match == null) {
            throw new RejectedWriteException(
                    400, "invalid_batch", "no write of one resource has this method and path", place + ".path");
        }
        if (entry.name() != null && match.operation().form() != Form.CREATED) {
            throw new RejectedWriteException(
                    400, "invalid_batch", "must be absent, because the write creates no resource", place + ".as");
        }
        Object body = BatchReferences.resolved(entry.body(), references);
        WriteRequest request =
                new WriteRequest(match.parameters(), new Query(null), entry.ifMatch(), body, place + ".body", warnings);
        Write write = match.operation().translation().translate(request);
        if (write instanceof Write.Create create) {
            return entry.name() == null
                    ? create
                    : new Write.Create(create.resource().withId(placeholder));
        }
        if (write instanceof Write.Edit edit) {
            UnaryOperator<Resource> change = edit.change();
            return new Write.Edit(
                    edit.kinds(),
                    edit.id(),
                    edit.baseVersion(),
                    resource -> located(place, () -> change.apply(resource)));
        }
        return write;
    }

    // Answers

    private static Answer render(ApiRequest request, Prepared prepared, Form form, boolean dryRun, Outcome outcome) {
        if (dryRun || form == Form.CHANGES) {
            return Answer.json(changes(prepared, dryRun, outcome));
        }
        Stored stored = outcome.resources().get(0);
        String tag = deletes(prepared.writes().get(0)) ? null : VersionTag.of(stored.version());
        return switch (form) {
            case CREATED -> Answer.json(created(stored), tag);
            case RESOURCE -> Answer.json(ResourceJson.detail(stored, request.caller()), tag);
            default -> new Answer(200, tag, Answer.OK);
        };
    }

    private static boolean deletes(Write write) {
        return write instanceof Write.Delete
                || (write instanceof Write.OfProject project
                        && project.write().apply(Resource.UNSAVED) instanceof Write.Delete);
    }

    private static Map<String, @Nullable Object> created(Stored stored) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("id", ResourceJson.id(stored.resource()));
        tree.put("url", ResourceJson.url(stored.resource()));
        return tree;
    }

    private static Map<String, @Nullable Object> changes(Prepared prepared, boolean dryRun, Outcome outcome) {
        List<Map<String, @Nullable Object>> results = new ArrayList<>();
        for (int i = 0; i < outcome.resources().size(); i++) {
            Stored stored = outcome.resources().get(i);
            Map<String, @Nullable Object> result = new LinkedHashMap<>();
            if (prepared.names().get(i) != null) {
                result.put("as", prepared.names().get(i));
            }
            result.putAll(created(stored));
            result.put("version", stored.version());
            results.add(result);
        }
        List<Problem> warnings = new ArrayList<>(prepared.warnings());
        warnings.addAll(outcome.warnings());
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put(DRY_RUN, dryRun);
        tree.put("revision", outcome.revision());
        tree.put("results", results);
        tree.put("changes", outcome.changes().stream().map(ResourceJson::change).toList());
        tree.put("warnings", ResourceJson.problems(warnings));
        return tree;
    }

    private static void putHeaders(HttpServerResponse response, @Nullable Long revision, List<String> warnings) {
        if (revision != null) {
            response.putHeader(ResponseHeaders.REVISION, String.valueOf(revision));
        }
        if (!warnings.isEmpty()) {
            response.headers().set(WARNING.toString(), warnings);
        }
    }

    /** The values of the header for warnings. */
    private static List<String> warnings(Prepared prepared, Outcome outcome) {
        List<Problem> warnings = new ArrayList<>(prepared.warnings());
        warnings.addAll(outcome.warnings());
        return warnings.stream()
                .limit(MOST_WARNINGS)
                .map(warning -> headerText(warning.path() + ": " + warning.reason()))
                .toList();
    }

    /** A text as one header value: printable ASCII, bounded. */
    private static String headerText(String text) {
        String shortened = text.length() <= LONGEST_WARNING ? text : text.substring(0, LONGEST_WARNING) + "...";
        return shortened.replaceAll("[^ -~]", "?");
    }

    /** Runs a part of a batch, and adds its place to the path of a rejection. */
    private static <T> T located(String place, Supplier<T> part) {
        try {
            return part.get();
        } catch (InvalidBodyException e) {
            throw e;
        } catch (RejectedWriteException e) {
            String path = e.path();
            boolean isLocated = path != null && path.startsWith(place);
            throw new RejectedWriteException(
                    e.status(),
                    e.code(),
                    String.valueOf(e.getMessage()),
                    isLocated ? path : path == null ? place : place + ".body." + path);
        }
    }
}
