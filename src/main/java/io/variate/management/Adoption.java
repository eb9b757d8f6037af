package io.variate.management;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.translation.CompilerSettings;
import io.variate.management.translation.Decompilation;
import io.variate.management.translation.Decompiler;
import io.variate.management.translation.References;
import java.util.List;
import java.util.Map;

/** Turns evaluation JSON back into resources. */
final class Adoption {
    private Adoption() {}

    /** The keys of the flags that evaluation JSON depends on. */
    static List<String> parents(String definition) {
        try {
            return Json.parse(definition) instanceof Map<?, ?> flag && flag.get("dependencies") instanceof List<?> keys
                    ? keys.stream()
                            .filter(String.class::isInstance)
                            .map(String.class::cast)
                            .toList()
                    : List.of();
        } catch (JsonException e) {
            return List.of();
        }
    }

    /**
     * The managed resource of a raw one.
     *
     * @throws RejectedWriteException with 409 {@code not_adoptable}
     */
    static Resource of(RawFlag raw, References references, CompilerSettings settings) {
        Decompilation found = Decompiler.decompile(raw, raw.definition(), references, settings);
        if (found instanceof Decompilation.Managed managed) {
            return managed.resource();
        }
        throw new RejectedWriteException(
                409, "not_adoptable", "'" + raw.key() + "' stays raw: " + ((Decompilation.Raw) found).reason(), null);
    }

    /**
     * The resource of a row that somebody else has written: managed if it was and the row allows it, else raw.
     *
     * @param before the resource of the row before
     */
    static Resource reread(
            Resource before,
            String definition,
            List<Long> deployments,
            References references,
            CompilerSettings settings) {
        Resource present = StoredForm.withDeployments(before, deployments).withArchived(false);
        if (present instanceof RawFlag raw) {
            return raw.withDefinition(Decompiler.kind(definition), definition);
        }
        return Decompiler.decompile(present, definition, references, settings) instanceof Decompilation.Managed managed
                ? managed.resource()
                : raw(present, definition, deployments);
    }

    private static RawFlag raw(Resource managed, String definition, List<Long> deployments) {
        ManagedFlag named = managed instanceof ManagedFlag flag ? flag : null;
        return new RawFlag(
                managed.id(),
                managed.project(),
                managed.key(),
                Decompiler.kind(definition),
                named == null ? managed.key() : named.name(),
                named == null ? "" : named.description(),
                definition,
                deployments,
                named == null ? List.of() : named.tags(),
                false);
    }
}
