package io.variate.admin.api;

import io.variate.admin.api.WriteOperation.Form;
import io.variate.admin.api.WriteOperation.Translation;
import io.variate.json.ObjectReader;
import io.variate.management.RejectedWriteException;
import io.variate.management.Write;
import io.variate.management.format.ProjectIds;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** All requests that write one resource, for routes and for batches. */
final class WriteOperations {
    private static final int MOST_DIGITS = 18;

    private final List<WriteOperation> operations = new ArrayList<>();

    /** Lists the operations. */
    WriteOperations() {
        ResourceCollection.WITH_VARIANTS.forEach(this::addFlags);
        addGroups();
        addDeployments();
        addProjects();
    }

    /** An operation with the parameters of a path. */
    record Match(WriteOperation operation, Map<String, String> parameters) {}

    List<WriteOperation> all() {
        return operations;
    }

    /**
     * Finds the operation of a request.
     *
     * @param path decoded segments below {@code /api/1}
     * @return null if no write has the method and the path
     */
    @Nullable
    Match find(String method, List<String> path) {
        for (WriteOperation operation : operations) {
            Map<String, String> parameters =
                    operation.method().name().equals(method) ? operation.path().match(path) : null;
            if (parameters != null) {
                return new Match(operation, parameters);
            }
        }
        return null;
    }

    private void addFlags(ResourceCollection flags) {
        String all = "/" + flags.path();
        String one = all + "/{id}";
        String variants = one + "/variants";
        String variant = variants + "/{variant}";
        add(HttpMethod.POST, all, Form.CREATED, request -> new Write.Create(ResourceEdits.flag(flags.kind(), request)));
        add(HttpMethod.PATCH, one, Form.RESOURCE, edit(flags, ResourceEdits::patch));
        addWholeResource(flags);
        add(HttpMethod.POST, one + "/copy", Form.CHANGES, request -> copy(flags, request));
        add(HttpMethod.POST, variants, Form.CONFIRMATION, edit(flags, FlagEdits::addVariant));
        add(HttpMethod.PATCH, variant, Form.CONFIRMATION, edit(flags, FlagEdits::editVariant));
        add(HttpMethod.POST, variant, Form.CONFIRMATION, edit(flags, FlagEdits::editVariant));
        add(HttpMethod.DELETE, variant, Form.CONFIRMATION, edit(flags, FlagEdits::deleteVariant));
        add(HttpMethod.POST, variant + "/users", Form.CONFIRMATION, edit(flags, FlagEdits::includeUsers));
        add(HttpMethod.DELETE, variant + "/users", Form.CONFIRMATION, edit(flags, FlagEdits::removeUsers));
        add(HttpMethod.DELETE, variant + "/users/{index}", Form.CONFIRMATION, edit(flags, FlagEdits::removeUser));
        add(
                HttpMethod.DELETE,
                variant + "/bulk-delete-users",
                Form.CONFIRMATION,
                edit(flags, FlagEdits::bulkRemoveUsers));
        add(HttpMethod.POST, variant + "/cohorts", Form.CONFIRMATION, edit(flags, FlagEdits::includeCohorts));
        add(
                HttpMethod.DELETE,
                variant + "/bulk-delete-cohorts",
                Form.CONFIRMATION,
                edit(flags, FlagEdits::bulkRemoveCohorts));
        add(HttpMethod.POST, one + "/deployments", Form.CONFIRMATION, edit(flags, FlagEdits::addDeployments));
        add(
                HttpMethod.DELETE,
                one + "/deployments/{deployment}",
                Form.CONFIRMATION,
                edit(flags, FlagEdits::removeDeployment));
    }

    private void addGroups() {
        for (ResourceCollection groups : List.of(ResourceCollection.MUTEXES, ResourceCollection.HOLDOUTS)) {
            String all = "/" + groups.path();
            add(
                    HttpMethod.POST,
                    all,
                    Form.CREATED,
                    request -> new Write.Create(ResourceEdits.group(groups.kind(), request)));
            add(HttpMethod.PATCH, all + "/{id}", Form.RESOURCE, edit(groups, ResourceEdits::patchGroup));
            addWholeResource(groups);
            add(HttpMethod.POST, all + "/{id}/copy", Form.CHANGES, request -> copy(groups, request));
        }
        add(
                HttpMethod.PATCH,
                "/mutexes/{id}/slots/{slot}",
                Form.RESOURCE,
                edit(ResourceCollection.MUTEXES, ResourceEdits::patchSlot));
    }

    /** The operations that flags and groups share. */
    private void addWholeResource(ResourceCollection collection) {
        String one = "/" + collection.path() + "/{id}";
        addDeletion(collection);
        add(
                HttpMethod.POST,
                one + "/adopt",
                Form.RESOURCE,
                request -> new Write.Adopt(collection.kinds(), request.id(collection), request.ifMatch()));
        add(HttpMethod.POST, one + "/versions/{version}/revert", Form.RESOURCE, request -> revert(collection, request));
    }

    private void addDeletion(ResourceCollection collection) {
        add(
                HttpMethod.DELETE,
                "/" + collection.path() + "/{id}",
                Form.CONFIRMATION,
                request -> new Write.Delete(collection.kinds(), request.id(collection), request.ifMatch()));
    }

    private void addDeployments() {
        ResourceCollection deployments = ResourceCollection.DEPLOYMENTS;
        add(
                HttpMethod.POST,
                "/deployments",
                Form.CREATED,
                request -> new Write.Create(ResourceEdits.deployment(request)));
        add(HttpMethod.PATCH, "/deployments/{id}", Form.CONFIRMATION, edit(deployments, ResourceEdits::patch));
        add(HttpMethod.POST, "/deployments/{id}/rotate", Form.RESOURCE, edit(deployments, KeyRotation::of));
        addDeletion(deployments);
    }

    private void addProjects() {
        Set<ResourceKind> kinds = ResourceCollection.PROJECTS.kinds();
        String one = "/projects/{id}";
        add(HttpMethod.POST, "/projects", Form.CREATED, request -> new Write.Create(ResourceEdits.project(request)));
        add(HttpMethod.PATCH, one, Form.RESOURCE, request -> {
            UnaryOperator<Resource> change = ResourceEdits.patchProject(request);
            return ofProject(request, id -> new Write.Edit(kinds, id, request.ifMatch(), change));
        });
        add(
                HttpMethod.DELETE,
                one,
                Form.CONFIRMATION,
                request -> ofProject(request, id -> new Write.Delete(kinds, id, request.ifMatch())));
    }

    /** The id of a project in paths is its key. */
    private static Write ofProject(WriteRequest request, LongFunction<Write> write) {
        return new Write.OfProject(ProjectIds.project(request.parameter("id")), write);
    }

    private void add(HttpMethod method, String path, Form form, Translation translation) {
        operations.add(new WriteOperation(method, PathTemplate.of(path), form, translation));
    }

    private static Translation edit(
            ResourceCollection collection, Function<WriteRequest, UnaryOperator<Resource>> change) {
        return request ->
                new Write.Edit(collection.kinds(), request.id(collection), request.ifMatch(), change.apply(request));
    }

    private static Write copy(ResourceCollection collection, WriteRequest request) {
        request.rejectOthers(Set.of("projectId"));
        String project = request.read(
                problems -> ObjectReader.of(request.body(), problems).nonEmptyString("projectId"));
        return new Write.Copy(collection.kinds(), request.id(collection), ProjectIds.project(project));
    }

    private static Write revert(ResourceCollection collection, WriteRequest request) {
        return new Write.Revert(
                collection.kinds(), request.id(collection), request.ifMatch(), version(request.parameter("version")));
    }

    /**
     * Reads the number of a version from a path.
     *
     * @throws RejectedWriteException with 404 if no version can have it
     */
    static long version(String text) {
        if (text.length() <= MOST_DIGITS && text.matches("[1-9][0-9]*")) {
            return Long.parseLong(text);
        }
        throw new RejectedWriteException(404, "unknown_version", "no version has this number", null);
    }
}
