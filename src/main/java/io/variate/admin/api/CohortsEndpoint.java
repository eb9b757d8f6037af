package io.variate.admin.api;

import io.variate.admin.DocumentBodies;
import io.variate.admin.Replies;
import io.variate.cohorts.Cohort;
import io.variate.cohorts.CohortEditor;
import io.variate.cohorts.CohortId;
import io.variate.cohorts.Cohorts;
import io.variate.cohorts.EffectiveCohorts;
import io.variate.cohorts.InvalidCohortException;
import io.variate.cohorts.MemberEdit;
import io.variate.cohorts.UploadedCohorts;
import io.variate.engine.Membership;
import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.variate.json.ObjectReader;
import io.variate.management.CohortUse;
import io.variate.management.Management;
import io.variate.management.access.Caller;
import io.variate.management.access.Right;
import io.variate.management.format.ProjectIds;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.ProjectKeys;
import io.variate.store.CohortChange;
import io.variate.store.CohortConflictException;
import io.variate.store.CohortDetails;
import io.variate.store.StoredCohort;
import io.variate.web.ApiError;
import io.variate.web.Endpoints;
import io.variate.web.InvalidRequestException;
import io.variate.web.decoding.QueryString;
import io.variate.web.decoding.RequestPath;
import io.variate.web.decoding.UnacceptableRequestException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cohorts: lists those that this node serves, and creates, describes, replaces, edits and deletes uploads. A cohort is named
 * by its id and its project: {@code projectId}, or {@code project} with the key. Without a project, the list has all
 * projects, and other requests concern the unnamed one.
 *
 * <p>Bodies with members are streamed to the disk. Used on the event loop of the admin port.
 */
public final class CohortsEndpoint implements Endpoints {
    private static final Logger log = LoggerFactory.getLogger(CohortsEndpoint.class);
    private static final int LONGEST_NAME = 256;
    private static final int LONGEST_DESCRIPTION = 10_000;
    private static final String PROJECT_ID = "projectId";
    private static final String GROUP_TYPE = "groupType";
    private static final String NAME = "name";
    private static final String DESCRIPTION = "description";
    private static final String MEMBER_IDS = "memberIds";
    private static final int MOST_NAMED_USES = 10;

    /** How long the rest of a rejected body is read: TCP resets a connection closed with unread bytes. */
    private static final long LINGER_MILLIS = 500;

    private static final PathTemplate ALL = PathTemplate.of("/cohorts");
    private static final PathTemplate ONE = PathTemplate.of("/cohorts/{id}");
    private static final PathTemplate MEMBERS = PathTemplate.of("/cohorts/{id}/members");
    private static final PathTemplate VERSIONS = PathTemplate.of("/cohorts/{id}/versions");

    private static final ApiError UNKNOWN_COHORT =
            new ApiError(404, "unknown_cohort", "no uploaded cohort has this id");
    private static final ApiError UNKNOWN_PROJECT =
            new ApiError(404, "unknown_project", "the ruleset has no project with this key", "project");
    private static final ApiError REPEATED_PROJECT =
            ApiError.badRequest("bad_request", "project must be given at most once", "project");
    private static final ApiError FORBIDDEN =
            new ApiError(403, "forbidden", "the token does not have the right to do this");
    private static final ApiError UPSTREAM_MANAGED =
            new ApiError(409, "read_only", "the cohorts come from the upstream: change them there");
    private static final ApiError NOT_READY = new ApiError(503, "not_ready", "this node has no ruleset yet");
    private static final ApiError TAKEN = new ApiError(409, "key_taken", "the project has a cohort with this id", "id");
    private static final ApiError IN_DOCUMENT = new ApiError(
            409,
            "not_uploaded",
            "the cohort is part of the ruleset document: change it there, or PUT an upload over it");

    private final CurrentRuleset current;
    private final UploadedCohorts uploaded;
    private final @Nullable CohortEditor editor;
    private final @Nullable Management management;
    private final DocumentBodies bodies;
    private final boolean isUpstreamManaged;

    /**
     * Lists and changes cohorts.
     *
     * @param editor null if this node has no database, and uploads are rejected
     * @param management finds the flags that use cohorts; null if this node manages no flags
     * @param maxBytes largest body that is not streamed
     * @param isUpstreamManaged whether the cohorts come from an upstream, where they can be changed
     */
    public CohortsEndpoint(
            CurrentRuleset current,
            UploadedCohorts uploaded,
            @Nullable CohortEditor editor,
            @Nullable Management management,
            long maxBytes,
            boolean isUpstreamManaged) {
        this.current = current;
        this.uploaded = uploaded;
        this.editor = editor;
        this.management = management;
        this.bodies = DocumentBodies.ofResources(maxBytes);
        this.isUpstreamManaged = isUpstreamManaged;
    }

    @Override
    public void addTo(Router router) {
        router.get(ALL.route()).handler(guarded(this::list));
        bodies.receive(router, HttpMethod.POST, ALL.route()).handler(guarded(this::create));
        router.get(ONE.route()).handler(guarded(this::get));
        router.put(ONE.route()).handler(guarded(this::replace));
        bodies.receive(router, HttpMethod.PATCH, ONE.route()).handler(guarded(this::describe));
        router.delete(ONE.route()).handler(guarded(this::delete));
        router.post(MEMBERS.route()).handler(guarded(context -> edit(context, MemberEdit.ADD)));
        router.delete(MEMBERS.route()).handler(guarded(context -> edit(context, MemberEdit.REMOVE)));
        router.get(VERSIONS.route()).handler(guarded(this::versions));
        router.route(ALL.route()).handler(Replies.onlyAllows("GET, HEAD, POST"));
        router.route(ONE.route()).handler(Replies.onlyAllows("GET, HEAD, PUT, PATCH, DELETE"));
        router.route(MEMBERS.route()).handler(Replies.onlyAllows("POST, DELETE"));
        router.route(VERSIONS.route()).handler(Replies.onlyAllows("GET, HEAD"));
    }

    private static Handler<RoutingContext> guarded(Handler<RoutingContext> handler) {
        return context -> {
            try {
                handler.handle(context);
            } catch (InvalidRequestException | UnacceptableRequestException e) {
                ManagementFailures.answer(context, e);
            }
        };
    }

    // Reads

    /** What is noted about cohorts. */
    private record Notes(Map<CohortId, CohortDetails> details, Map<CohortId, List<CohortUse>> uses) {
        JsonObject addTo(JsonObject head, CohortId id) {
            return CohortJson.withDetails(head, id, details.get(id), uses.getOrDefault(id, List.of()));
        }
    }

    /** Null without a database that manages flags. */
    private Future<@Nullable Notes> notes(@Nullable String project) {
        CohortEditor writable = editor;
        Management managed = management;
        if (writable == null || managed == null) {
            return Future.succeededFuture(null);
        }
        return writable.details().compose(details -> managed.cohortUses(project).map(uses -> new Notes(details, uses)));
    }

    /** The list does not depend on the database. */
    private Future<@Nullable Notes> notesIfPossible(@Nullable String project) {
        return notes(project).recover(failure -> {
            log.warn(
                    "cannot read the details of cohorts from PostgreSQL: {}; listing cohorts without",
                    failure.toString());
            return Future.succeededFuture(null);
        });
    }

    private void list(RoutingContext context) {
        Query query = new Query(context.request().query());
        Paging paging = query.optional("limit") == null ? null : Paging.of(query);
        List<String> asked = projects(context);
        if (asked.size() > 1) {
            Replies.error(context, REPEATED_PROJECT);
            return;
        }
        Ruleset ruleset = current.get();
        Set<String> projects = new TreeSet<>(uploaded.projects());
        projects.addAll(ruleset == null ? Set.of() : ruleset.projects());
        projects.add(ProjectKeys.UNNAMED);
        projects.removeIf(project -> !Caller.of(context).sees(project));
        if (!projects.containsAll(asked)) {
            Replies.error(context, UNKNOWN_PROJECT);
            return;
        }
        List<Served> all = new ArrayList<>();
        for (String project : asked.isEmpty() ? projects : asked) {
            all.addAll(served(project));
        }
        int first = paging == null ? 0 : Math.min(paging.offset(), all.size());
        int end = paging == null ? all.size() : (int) Math.min((long) first + paging.limit(), all.size());
        notesIfPossible(asked.isEmpty() ? null : asked.get(0))
                .onSuccess(notes -> {
                    JsonArray list = new JsonArray();
                    all.subList(first, end).forEach(each -> list.add(each.toJson(notes)));
                    JsonObject page = new JsonObject().put("cohorts", list);
                    if (end < all.size()) {
                        page.put("nextCursor", end);
                    }
                    Replies.json(context, 200, page);
                })
                .onFailure(context::fail);
    }

    private record Served(CohortId id, Cohort cohort, boolean isUpload) {
        JsonObject toJson(@Nullable Notes notes) {
            JsonObject head = CohortJson.head(id, cohort.groupType(), cohort.size(), cohort.lastModified())
                    .put("origin", isUpload ? "upload" : "document");
            return notes == null ? head : notes.addTo(head, id);
        }
    }

    private List<Served> served(String project) {
        EffectiveCohorts cohorts = effective(project);
        return cohorts.all().stream()
                .filter(cohort -> CohortId.isAllowed(cohort.id()))
                .sorted(Comparator.comparing(Cohort::id))
                .map(cohort -> new Served(
                        new CohortId(project, cohort.id()),
                        cohort,
                        cohorts.uploaded().find(cohort.id()) != null))
                .toList();
    }

    private void get(RoutingContext context) {
        CohortId id = readable(context, RequestPath.last(context, "id"));
        if (id == null) {
            return;
        }
        EffectiveCohorts cohorts = effective(id.project());
        Cohort cohort = cohorts.find(id.id());
        if (cohort == null) {
            Replies.error(context, UNKNOWN_COHORT);
            return;
        }
        Served served = new Served(id, cohort, cohorts.uploaded().find(id.id()) != null);
        notesIfPossible(id.project())
                .onSuccess(notes -> {
                    CohortDetails details =
                            notes == null ? null : notes.details().get(id);
                    if (details != null) {
                        context.response().putHeader(HttpHeaders.ETAG, VersionTag.of(details.version()));
                    }
                    Replies.json(context, 200, served.toJson(notes));
                })
                .onFailure(context::fail);
    }

    private void versions(RoutingContext context) {
        CohortId id = readable(context, ApiRequest.of(context, VERSIONS).parameter("id"));
        CohortEditor readable = editor;
        if (id == null) {
            return;
        }
        if (readable == null) {
            rejectWrite(context);
            return;
        }
        readable.versions(id)
                .onSuccess(versions -> {
                    if (versions.isEmpty()) {
                        Replies.error(context, UNKNOWN_COHORT);
                    } else {
                        JsonArray list = new JsonArray();
                        versions.forEach(version -> list.add(CohortJson.version(version)));
                        new Answer(200, null, list.encode()).send(context.response());
                    }
                })
                .onFailure(failure -> reject(context, id, failure));
    }

    /** The cohort that a request reads; otherwise answers the request and returns null. */
    private @Nullable CohortId readable(RoutingContext context, String id) {
        String project = project(context);
        if (project == null) {
            return null;
        }
        if (!Caller.of(context).sees(project)) {
            Replies.error(context, UNKNOWN_PROJECT);
            return null;
        }
        return uploadable(context, project, id);
    }

    // Writes

    private void create(RoutingContext context) {
        CohortEditor writable = editor;
        if (writable == null) {
            rejectWrite(context);
            return;
        }
        ApiRequest request = ApiRequest.of(context, ALL);
        byte[] body = request.body();
        request.onWorker(() -> NewCohort.read(JsonBody.parse(body)))
                .onSuccess(created ->
                        guarded(same -> create(request, writable, created)).handle(context))
                .onFailure(failure -> ManagementFailures.answer(context, failure));
    }

    /**
     * @param members JSON array of their ids
     */
    private record NewCohort(
            String project,
            String id,
            @Nullable String name,
            @Nullable String description,
            @Nullable String groupType,
            Buffer members) {

        static NewCohort read(@Nullable Object tree) {
            WriteRequest request = WriteRequest.of(Map.of(), new Query(null), null, tree, "");
            request.rejectOthers(Set.of(PROJECT_ID, "id", NAME, DESCRIPTION, GROUP_TYPE, MEMBER_IDS));
            return request.read(problems -> {
                ObjectReader reader = ObjectReader.of(tree, problems);
                String id = reader.nonEmptyString("id");
                if (id.length() > LONGEST_NAME || !CohortId.isAllowed(id)) {
                    reader.problem("id", "must have at most " + LONGEST_NAME + " characters and contain no U+001F");
                }
                List<String> members = reader.optionalList(MEMBER_IDS, ObjectReader::string);
                return new NewCohort(
                        ProjectIds.project(reader.nonEmptyString(PROJECT_ID)),
                        id,
                        text(reader, NAME, LONGEST_NAME),
                        text(reader, DESCRIPTION, LONGEST_DESCRIPTION),
                        text(reader, GROUP_TYPE, LONGEST_NAME),
                        Buffer.buffer(LoneSurrogates.escape(Json.write(members == null ? List.of() : members))));
            });
        }
    }

    private static @Nullable String text(ObjectReader reader, String field, int longest) {
        String text = reader.optionalString(field);
        if (text != null && text.length() > longest) {
            reader.problem(field, "must have at most " + longest + " characters");
        } else if (text != null && text.isEmpty() && !field.equals(DESCRIPTION)) {
            reader.problem(field, "must not be empty");
        }
        return text;
    }

    private void create(ApiRequest request, CohortEditor writable, NewCohort created) {
        RoutingContext context = request.context();
        if (!mayChange(context, created.project())) {
            return;
        }
        if (!isKnown(created.project())) {
            Replies.error(context, current.get() == null ? NOT_READY : UNKNOWN_PROJECT);
            return;
        }
        CohortId id = new CohortId(created.project(), created.id());
        if (effective(id.project()).find(id.id()) != null) {
            Replies.error(context, TAKEN);
            return;
        }
        String groupType = created.groupType();
        writable.create(
                        id,
                        groupType == null ? Membership.USER : groupType,
                        created.members(),
                        0,
                        change(request, id).describedAs(created.name(), created.description()))
                .onSuccess(stored -> show(context, id, stored))
                .onFailure(failure -> {
                    if (failure instanceof CohortConflictException) {
                        Replies.error(context, TAKEN);
                    } else {
                        reject(context, id, failure);
                    }
                });
    }

    private void replace(RoutingContext context) {
        CohortEditor writable = editor;
        String id = RequestPath.last(context, "id");
        List<String> groupTypes = QueryString.values(context.request().query(), GROUP_TYPE);
        if (writable == null) {
            rejectWrite(context);
            return;
        }
        CohortId cohort = changeable(context, id);
        if (cohort == null) {
            return;
        }
        if (!isKnown(cohort.project())) {
            Replies.error(context, current.get() == null ? NOT_READY : UNKNOWN_PROJECT);
        } else if (groupTypes.size() > 1
                || groupTypes.stream().anyMatch(type -> type.isEmpty() || type.length() > LONGEST_NAME)
                || groupTypes.stream().anyMatch(type -> type.indexOf('\0') >= 0)) {
            Replies.error(
                    context,
                    400,
                    "bad_request",
                    "groupType must be given at most once, have 1 to " + LONGEST_NAME
                            + " characters and contain no NUL");
        } else {
            Cohort present = effective(cohort.project()).find(id);
            CohortChange change = change(ApiRequest.of(context, ONE), cohort);
            context.request().pause();
            writable.replace(
                            cohort,
                            groupTypes.isEmpty() ? null : groupTypes.get(0),
                            context.request(),
                            present == null ? 0 : present.lastModified(),
                            change)
                    .onSuccess(stored -> Replies.json(
                            context,
                            200,
                            CohortJson.head(cohort, stored.groupType(), stored.size(), stored.lastModified())))
                    .onFailure(failure -> reject(context, cohort, failure));
        }
    }

    private void edit(RoutingContext context, MemberEdit edit) {
        CohortEditor writable = editor;
        if (writable == null) {
            rejectWrite(context);
            return;
        }
        ApiRequest request = ApiRequest.of(context, MEMBERS);
        CohortId id = changeable(context, request.parameter("id"));
        if (id == null) {
            return;
        }
        CohortChange change = change(request, id);
        context.request().pause();
        writable.edit(id, edit, context.request(), change)
                .onSuccess(stored -> show(context, id, stored))
                .onFailure(failure -> reject(context, id, failure));
    }

    private void describe(RoutingContext context) {
        CohortEditor writable = editor;
        if (writable == null) {
            rejectWrite(context);
            return;
        }
        CohortId id = changeable(context, RequestPath.last(context, "id"));
        if (id == null) {
            return;
        }
        ApiRequest request = ApiRequest.of(context, ONE);
        CohortChange change = change(request, id);
        byte[] body = request.body();
        request.onWorker(() -> described(change, JsonBody.parse(body)))
                .compose(described -> writable.describe(id, described))
                .onSuccess(exists -> {
                    Cohort cohort = uploaded.over(id.project(), Cohorts.NONE).find(id.id());
                    if (exists && cohort != null) {
                        show(context, id, cohort.groupType(), cohort.size(), cohort.lastModified());
                    } else {
                        rejectUnknown(context, id);
                    }
                })
                .onFailure(failure -> reject(context, id, failure));
    }

    private static CohortChange described(CohortChange change, @Nullable Object tree) {
        WriteRequest request = WriteRequest.of(Map.of(), new Query(null), null, tree, "");
        request.rejectOthers(Set.of(NAME, DESCRIPTION));
        return request.read(problems -> {
            ObjectReader reader = ObjectReader.of(tree, problems);
            return change.describedAs(text(reader, NAME, LONGEST_NAME), text(reader, DESCRIPTION, LONGEST_DESCRIPTION));
        });
    }

    private void delete(RoutingContext context) {
        CohortEditor writable = editor;
        if (writable == null) {
            rejectWrite(context);
            return;
        }
        CohortId id = changeable(context, RequestPath.last(context, "id"));
        if (id == null) {
            return;
        }
        CohortChange change = change(ApiRequest.of(context, ONE), id);
        requireUnused(id)
                .compose(unused -> writable.delete(id, change))
                .onSuccess(deleted -> {
                    if (deleted) {
                        Replies.json(context, 200, CohortJson.identity(id));
                    } else {
                        rejectUnknown(context, id);
                    }
                })
                .onFailure(failure -> reject(context, id, failure));
    }

    /** Fails if flags target an upload that replaces no cohort of the document. */
    private Future<Void> requireUnused(CohortId id) {
        Management managed = management;
        boolean isUpload = uploaded.over(id.project(), Cohorts.NONE).find(id.id()) != null;
        if (managed == null || !isUpload || written(id.project()).find(id.id()) != null) {
            return Future.succeededFuture();
        }
        return managed.cohortUses(id.project()).compose(uses -> {
            List<CohortUse> found = uses.getOrDefault(id, List.of());
            return found.isEmpty()
                    ? Future.succeededFuture()
                    : Future.failedFuture(new InvalidRequestException(new ApiError(
                            409,
                            "in_use",
                            "the cohort is used by "
                                    + found.stream()
                                            .limit(MOST_NAMED_USES)
                                            .map(use -> use.kind().text() + " '" + use.key() + "'")
                                            .collect(Collectors.joining(", ")))));
        });
    }

    private void rejectUnknown(RoutingContext context, CohortId id) {
        boolean isWritten = written(id.project()).find(id.id()) != null;
        // A project that was removed from the ruleset may still have uploaded cohorts.
        boolean isUnknownProject = current.get() != null && !isKnown(id.project());
        boolean edits = !context.request().method().equals(HttpMethod.DELETE);
        Replies.error(context, isUnknownProject ? UNKNOWN_PROJECT : isWritten && edits ? IN_DOCUMENT : UNKNOWN_COHORT);
    }

    /** @throws InvalidRequestException for invalid headers, and for a dry run, which would write */
    private static CohortChange change(ApiRequest request, CohortId id) {
        if (request.query().bool("dryRun")) {
            throw new InvalidRequestException(
                    ApiError.badRequest("invalid_parameter", "writes of cohorts support no dry run", "dryRun"));
        }
        return new CohortChange(
                id.project(),
                id.id(),
                null,
                null,
                request.ifMatch(),
                request.caller().name(),
                "api",
                request.reason(),
                request.id());
    }

    private void show(RoutingContext context, CohortId id, StoredCohort stored) {
        show(context, id, stored.groupType(), stored.size(), stored.lastModified());
    }

    /** Answers a committed write. */
    private void show(RoutingContext context, CohortId id, String groupType, long size, long lastModified) {
        JsonObject head = CohortJson.head(id, groupType, size, lastModified).put("origin", "upload");
        notesIfPossible(id.project())
                .onSuccess(notes -> {
                    CohortDetails details =
                            notes == null ? null : notes.details().get(id);
                    if (details != null) {
                        context.response().putHeader(HttpHeaders.ETAG, VersionTag.of(details.version()));
                    }
                    Replies.json(context, 200, notes == null ? head : notes.addTo(head, id));
                })
                .onFailure(context::fail);
    }

    // Parameters and rights

    /** The cohort that a request changes; otherwise answers the request and returns null. */
    private static @Nullable CohortId changeable(RoutingContext context, String id) {
        String project = project(context);
        return project == null || !mayChange(context, project) ? null : uploadable(context, project, id);
    }

    private static @Nullable CohortId uploadable(RoutingContext context, String project, String id) {
        if (id.length() > LONGEST_NAME || !CohortId.isAllowed(id)) {
            if (context.request().method().equals(HttpMethod.PUT)) {
                Replies.error(
                        context,
                        400,
                        "bad_request",
                        "the id of a cohort must have at most " + LONGEST_NAME + " characters and contain no U+001F");
            } else {
                Replies.error(context, UNKNOWN_COHORT);
            }
            return null;
        }
        if (!CohortId.isAllowed(project)) {
            Replies.error(context, UNKNOWN_PROJECT);
            return null;
        }
        return new CohortId(project, id);
    }

    /** Whether the caller may change cohorts of the project; otherwise answers the request. */
    private static boolean mayChange(RoutingContext context, String project) {
        Caller caller = Caller.of(context);
        boolean permitted = caller.permits(Right.ADMINISTER, project, null, List.of());
        if (!permitted) {
            Replies.error(context, caller.sees(project) ? FORBIDDEN : UNKNOWN_PROJECT);
        }
        return permitted;
    }

    /** The project that a request names, or the unnamed one; otherwise answers the request and returns null. */
    private static @Nullable String project(RoutingContext context) {
        List<String> projects = projects(context);
        if (projects.size() > 1) {
            Replies.error(context, REPEATED_PROJECT);
            return null;
        }
        return projects.isEmpty() ? ProjectKeys.UNNAMED : projects.get(0);
    }

    /** The distinct projects that a request names; an empty key, or the id 1, names the unnamed project. */
    private static List<String> projects(RoutingContext context) {
        String query = context.request().query();
        Set<String> projects = new LinkedHashSet<>(QueryString.values(query, "project"));
        QueryString.values(query, PROJECT_ID).forEach(id -> projects.add(ProjectIds.project(id)));
        return List.copyOf(projects);
    }

    /** Whether the ruleset has a project. The unnamed project always exists. */
    private boolean isKnown(String project) {
        Ruleset ruleset = current.get();
        return project.equals(ProjectKeys.UNNAMED)
                || (CohortId.isAllowed(project) && ruleset != null && ruleset.project(project) != null);
    }

    private EffectiveCohorts effective(String project) {
        return uploaded.over(project, written(project));
    }

    private Cohorts written(String project) {
        Ruleset ruleset = current.get();
        return ruleset == null ? Cohorts.NONE : ruleset.cohorts(project);
    }

    // Rejections

    private void rejectWrite(RoutingContext context) {
        if (isUpstreamManaged) {
            Replies.error(context, UPSTREAM_MANAGED);
            return;
        }
        context.response().putHeader(HttpHeaders.ALLOW, "");
        Replies.error(context, 405, "read_only", "this node is read-only: it has no PostgreSQL database for cohorts");
    }

    private void reject(RoutingContext context, CohortId id, Throwable failure) {
        if (!context.request().isEnded()) {
            closeSoon(context);
        }
        if (context.response().closed()) {
            return;
        }
        if (failure instanceof InvalidCohortException invalid) {
            Replies.error(
                    context,
                    invalid.isTooLarge() ? 413 : 400,
                    invalid.isTooLarge() ? "cohort_too_large" : "invalid_cohort",
                    invalid.getMessage());
        } else if (failure instanceof CohortEditor.UnknownCohortException) {
            rejectUnknown(context, id);
        } else if (failure instanceof CohortConflictException conflict) {
            Replies.error(context, conflict(conflict));
        } else if (failure instanceof InvalidRequestException
                || failure instanceof InvalidBodyException
                || failure instanceof UnacceptableRequestException) {
            ManagementFailures.answer(context, failure);
        } else if (failure instanceof CohortEditor.BusyException) {
            Replies.error(context, 503, "overloaded", "too many cohorts are being uploaded; retry later");
        } else if (failure instanceof UncheckedIOException) {
            log.warn("cannot write cohort upload to disk: {} cohort={}", failure.toString(), id);
            Replies.error(context, 503, "disk_unavailable", "this node cannot write the upload to disk");
        } else {
            log.warn("cannot change cohort in PostgreSQL: {} cohort={}", failure.toString(), id);
            Replies.error(context, 503, "database_unavailable", "PostgreSQL did not store the cohort; retry later");
        }
    }

    /** Edits were repeated in vain if only the members differ. */
    private static ApiError conflict(CohortConflictException conflict) {
        String message = String.valueOf(conflict.getMessage());
        return conflict.version() < 0
                ? new ApiError(503, "overloaded", message + "; retry later")
                : new ApiError(412, "version_conflict", message);
    }

    private static void closeSoon(RoutingContext context) {
        context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        context.request().handler(rest -> {});
        context.request().resume();
        context.vertx()
                .setTimer(LINGER_MILLIS, over -> context.request().connection().close());
    }
}
