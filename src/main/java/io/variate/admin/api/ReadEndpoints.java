package io.variate.admin.api;

import io.variate.management.Listing;
import io.variate.management.Management;
import io.variate.management.Page;
import io.variate.management.Stored;
import io.variate.management.Version;
import io.variate.management.access.Caller;
import io.variate.management.access.UsageRecorder;
import io.variate.management.comparison.FieldChange;
import io.variate.management.comparison.TreeDiff;
import io.variate.management.format.ProjectIds;
import io.variate.management.format.VariantFormat;
import io.variate.management.model.Inclusions;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.Resource;
import io.variate.rulesets.document.Deployment;
import io.variate.store.Usage;
import io.variate.store.UsageStore.FlagId;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads of resources and their versions. Used on the event loop; answers are rendered on worker threads. */
final class ReadEndpoints {
    private static final String VERSION = "version";

    private final Management management;
    private final String zone;
    private final UsageRecorder usage;

    /**
     * @param zone of this node
     * @param usage when flags and deployment keys were last used
     */
    ReadEndpoints(Management management, String zone, UsageRecorder usage) {
        this.management = management;
        this.zone = zone;
        this.usage = usage;
    }

    /** Renders something on a worker thread. */
    private interface Rendering<T> {
        @Nullable
        Object render(T value, Caller caller);
    }

    // Resources

    Future<Answer> list(ApiRequest request, ResourceCollection collection) {
        Query query = request.query();
        Paging paging = Paging.of(query);
        Listing listing = new Listing(
                collection.kinds(),
                project(query),
                query.optional("key"),
                query.bool("includeArchived"),
                paging.limit(),
                paging.offset());
        return management.list(request.caller(), listing).compose(page -> details(page.elements())
                .compose(details -> request.onWorker(() -> Answer.json(page(
                        collection.path(),
                        page,
                        stored -> details.addTo(
                                stored, ResourceJson.listed(details.withGroups(stored), request.caller())))))));
    }

    /**
     * Lists deployments, archived ones too. Those of other zones are left out unless the request wants them: evaluation-proxy
     * fetches the flags of every deployment from this node, which knows no keys of other zones.
     */
    Future<Answer> listDeployments(ApiRequest request, ResourceCollection collection) {
        Query query = request.query();
        Paging paging = Paging.ofDeployments(query);
        boolean allZones = query.bool("allZones");
        Listing listing = new Listing(
                collection.kinds(), project(query), query.optional("key"), true, paging.limit(), paging.offset());
        return render(request, management.list(request.caller(), listing), (page, caller) -> {
            List<Stored> served = page.elements().stream()
                    .filter(stored -> allZones || isServedHere(stored.resource()))
                    .toList();
            return page(
                    collection.path(),
                    new Page<>(served, page.nextCursor()),
                    stored -> withUsage(stored, ResourceJson.listed(stored, caller)));
        });
    }

    private boolean isServedHere(Resource resource) {
        return !(resource instanceof ManagedDeployment deployment)
                || deployment.zone() == null
                || deployment.zone().equals(zone);
    }

    private static @Nullable String project(Query query) {
        String project = query.optional("projectId");
        return project == null ? null : ProjectIds.project(project);
    }

    Future<Answer> get(ApiRequest request, ResourceCollection collection) {
        return find(request, collection).compose(stored -> details(List.of(stored))
                .compose(details -> request.onWorker(() -> {
                    Map<String, @Nullable Object> tree =
                            ResourceJson.detail(details.withGroups(stored), request.caller());
                    return Answer.json(details.addTo(stored, withUsage(stored, tree)), VersionTag.of(stored.version()));
                })));
    }

    /** The id of a project in paths is its key. */
    Future<Answer> getProject(ApiRequest request, ResourceCollection collection) {
        return render(
                request,
                management.project(request.caller(), ProjectIds.project(request.parameter("id"))),
                ResourceJson::detail);
    }

    /** Reads what only answers about flags and experiments have. */
    private Future<FlagDetails> details(List<Stored> resources) {
        List<Stored> flags = resources.stream().filter(FlagDetails::concern).toList();
        Future<Map<FlagId, Usage>> used = usage.flags(
                flags.stream().map(flag -> FlagDetails.id(flag.resource())).toList());
        return management
                .groupsOf(flags.stream().map(flag -> flag.resource().id()).collect(Collectors.toSet()))
                .compose(groups -> used.map(found -> new FlagDetails(groups, found)));
    }

    /** Adds when the keys of a deployment were last used. */
    private Map<String, @Nullable Object> withUsage(Stored stored, Map<String, @Nullable Object> tree) {
        if (stored.resource() instanceof ManagedDeployment deployment) {
            tree.put("lastUsed", lastUsed(deployment.key()));
            ManagedDeployment.PreviousKey previous = deployment.previousKey();
            if (previous != null) {
                tree.put("previousKeyLastUsed", lastUsed(previous.key()));
            }
        }
        return tree;
    }

    private @Nullable String lastUsed(String key) {
        Instant last = usage.lastUsed(Deployment.idOf(key));
        return last == null ? null : last.toString();
    }

    private Future<Stored> find(ApiRequest request, ResourceCollection collection) {
        return management.get(request.caller(), collection.kinds(), collection.id(request.parameter("id")));
    }

    // Variants, inclusions, deployments

    Future<Answer> variants(ApiRequest request, ResourceCollection collection) {
        return ofManaged(request, collection, flag -> flag.variants().stream()
                .map(variant -> VariantFormat.writeWhole(variant, flag.rollout().weight(variant.key())))
                .toList());
    }

    Future<Answer> variant(ApiRequest request, ResourceCollection collection) {
        String key = request.parameter("variant");
        return ofManaged(
                request,
                collection,
                flag -> VariantFormat.writeWhole(
                        FlagEdits.listed(flag, key), flag.rollout().weight(key)));
    }

    Future<Answer> users(ApiRequest request, ResourceCollection collection) {
        return inclusions(request, collection, Inclusions::users);
    }

    Future<Answer> cohorts(ApiRequest request, ResourceCollection collection) {
        return inclusions(request, collection, Inclusions::cohorts);
    }

    private Future<Answer> inclusions(
            ApiRequest request, ResourceCollection collection, Function<Inclusions, List<String>> part) {
        String variant = request.parameter("variant");
        return ofManaged(request, collection, flag -> {
            FlagEdits.requireVariant(flag, variant);
            return part.apply(flag.inclusions(variant));
        });
    }

    private Future<Answer> ofManaged(
            ApiRequest request, ResourceCollection collection, Function<ManagedFlag, @Nullable Object> part) {
        return find(request, collection)
                .compose(stored -> request.onWorker(() -> {
                    if (stored.resource() instanceof ManagedFlag flag) {
                        return Answer.json(part.apply(flag), VersionTag.of(stored.version()));
                    }
                    throw FlagEdits.notManaged(null);
                }));
    }

    Future<Answer> deployments(ApiRequest request, ResourceCollection collection) {
        return find(request, collection)
                .compose(stored -> all(request, FlagEdits.deployments(stored.resource())))
                .compose(found -> request.onWorker(() -> Answer.json(found.stream()
                        .map(stored -> ResourceJson.detail(stored, request.caller()))
                        .toList())));
    }

    private Future<List<Stored>> all(ApiRequest request, List<Long> ids) {
        return Future.all(ids.stream()
                        .map(id -> management.get(request.caller(), ResourceCollection.DEPLOYMENTS.kinds(), id))
                        .toList())
                .map(found -> found.list());
    }

    // Versions

    Future<Answer> versions(ApiRequest request, ResourceCollection collection) {
        Query query = request.query();
        if (query.bool("summary")) {
            return render(
                    request,
                    management.versionSummaries(
                            request.caller(),
                            collection.kinds(),
                            collection.id(request.parameter("id")),
                            query.integer("cursor", 0, Long.MAX_VALUE, 0),
                            Paging.limit(query)),
                    (page, caller) -> page("versions", page, ResourceJson::version));
        }
        return render(
                request,
                management.versions(request.caller(), collection.kinds(), collection.id(request.parameter("id"))),
                (versions, caller) -> versions.stream()
                        .map(version -> ResourceJson.version(version, caller, false))
                        .toList());
    }

    Future<Answer> version(ApiRequest request, ResourceCollection collection) {
        return render(
                request,
                version(request, collection, VERSION),
                (version, caller) -> ResourceJson.version(version, caller, true));
    }

    private Future<Version> version(ApiRequest request, ResourceCollection collection, String parameter) {
        return management.version(
                request.caller(),
                collection.kinds(),
                collection.id(request.parameter("id")),
                WriteOperations.version(request.parameter(parameter)));
    }

    Future<Answer> diff(ApiRequest request, ResourceCollection collection) {
        Future<Version> base = version(request, collection, VERSION);
        Future<Version> other = version(request, collection, "other");
        return Future.all(base, other)
                .compose(both -> request.onWorker(() -> {
                    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
                    tree.put(
                            "diff",
                            FieldChange.toJson(TreeDiff.between(
                                    ResourceJson.comparable(base.result().resource()),
                                    ResourceJson.comparable(other.result().resource()))));
                    tree.put(
                            "compiledDiff",
                            FieldChange.toJson(TreeDiff.between(
                                    RowText.tree(base.result().compiled()),
                                    RowText.tree(other.result().compiled()))));
                    return Answer.json(tree);
                }));
    }

    Future<Answer> versionsOfAll(ApiRequest request) {
        Query query = request.query();
        Paging paging = Paging.of(query);
        return render(
                request,
                management.versionsBetween(
                        request.caller(),
                        query.time("start", Query.FIRST_TIME),
                        query.time("end", Query.LAST_TIME),
                        paging.limit(),
                        paging.offset()),
                (page, caller) -> page("versions", page, version -> ResourceJson.version(version, caller, false)));
    }

    // Answers

    private static <T> Future<Answer> render(ApiRequest request, Future<T> read, Rendering<T> rendering) {
        return read.compose(value -> request.onWorker(() -> Answer.json(rendering.render(value, request.caller()))));
    }

    /** A page. The last one has no cursor, because clients continue while there is one. */
    static <T> Map<String, @Nullable Object> page(
            String name, Page<T> page, Function<T, Map<String, @Nullable Object>> element) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put(name, page.elements().stream().map(element).toList());
        if (page.nextCursor() != null) {
            tree.put("nextCursor", page.nextCursor());
        }
        return tree;
    }
}
