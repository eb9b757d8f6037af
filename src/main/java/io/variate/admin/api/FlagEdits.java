package io.variate.admin.api;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.ObjectReader;
import io.variate.json.Problems;
import io.variate.management.RejectedWriteException;
import io.variate.management.format.Limits;
import io.variate.management.format.VariantFormat;
import io.variate.management.model.FlagVariant;
import io.variate.management.model.Inclusions;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.Rollout;
import io.variate.management.model.TargetSegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Edits of the sub-resources of flags and experiments: variants, inclusions, deployments. Stateless. */
final class FlagEdits {
    private static final String WEIGHT = "rolloutWeight";
    private static final String KEY = "key";
    private static final String INCLUSIONS = "inclusions";
    private static final String DEPLOYMENTS = "deployments";
    private static final String USERS = "users";
    private static final String VARIANT = "variant";
    private static final Set<String> VARIANT_FIELDS = Set.of(KEY, "name", "description", "payload", WEIGHT);
    private static final int MOST_DELETED = 100;
    private static final int MOST_DIGITS = 9;

    private FlagEdits() {}

    /** Whether a flag belongs to a web experiment, which only Amplitude's editor can change. */
    static boolean isWeb(RawFlag flag) {
        try {
            return Json.parse(flag.definition()) instanceof Map<?, ?> members
                    && members.get("metadata") instanceof Map<?, ?> metadata
                    && "web".equals(metadata.get("deliveryMethod"));
        } catch (JsonException e) {
            // A row that was written with SQL.
            return false;
        }
    }

    /** Rejects a change of a web experiment. */
    static void rejectWeb(Resource resource) {
        if (resource instanceof RawFlag raw && isWeb(raw)) {
            throw new RejectedWriteException(
                    405, "not_editable", "web experiments cannot be edited through this API", null);
        }
    }

    /** The error for a change that only managed flags support. */
    static RejectedWriteException notManaged(@Nullable String path) {
        return new RejectedWriteException(
                409,
                "not_managed",
                "the evaluation JSON of this flag is kept as written: edit the field definition, or manage the flag with"
                        + " POST …/adopt",
                path);
    }

    private static UnaryOperator<Resource> ofManaged(UnaryOperator<ManagedFlag> edit) {
        return resource -> {
            rejectWeb(resource);
            if (resource instanceof ManagedFlag flag) {
                return edit.apply(flag);
            }
            throw notManaged(null);
        };
    }

    // Variants

    static UnaryOperator<Resource> addVariant(WriteRequest request) {
        request.rejectOthers(VARIANT_FIELDS);
        FlagVariant added = request.read(problems -> VariantFormat.read(without(request, WEIGHT), problems));
        Long weight = weight(request);
        if (weight == null) {
            request.warn(WEIGHT, "is 0, so nobody gets the new variant until its weight is set");
        }
        return ofManaged(flag -> {
            if (added.key().equals(FlagVariant.OFF) || flag.variant(added.key()) != null) {
                throw new RejectedWriteException(409, "key_taken", "the flag has a variant with this key", KEY);
            }
            List<FlagVariant> variants = new ArrayList<>(flag.variants());
            variants.add(added);
            Map<String, Long> weights = new LinkedHashMap<>(flag.rollout().weights());
            weights.put(added.key(), weight == null ? 0 : weight);
            return flag.edit()
                    .variants(variants)
                    .rollout(flag.rollout().withWeights(weights))
                    .build();
        });
    }

    static UnaryOperator<Resource> editVariant(WriteRequest request) {
        String key = request.parameter(VARIANT);
        request.rejectOthers(VARIANT_FIELDS);
        Long weight = weight(request);
        Map<String, @Nullable Object> changed = without(request, WEIGHT);
        return ofManaged(flag -> {
            FlagVariant present = listed(flag, key);
            Map<String, @Nullable Object> tree = VariantFormat.write(present);
            tree.putAll(changed);
            FlagVariant edited = request.read(problems -> VariantFormat.read(tree, problems));
            if (!edited.key().equals(key) && flag.variant(edited.key()) != null) {
                throw new RejectedWriteException(409, "key_taken", "the flag has a variant with this key", KEY);
            }
            ManagedFlag renamed = edited.key().equals(key) ? flag : rename(flag, key, edited.key());
            Map<String, Long> weights = new LinkedHashMap<>(renamed.rollout().weights());
            if (weight != null) {
                weights.put(edited.key(), weight);
            }
            return renamed.edit()
                    .variants(flag.variants().stream()
                            .map(variant -> variant.key().equals(key) ? edited : variant)
                            .toList())
                    .rollout(renamed.rollout().withWeights(weights))
                    .build();
        });
    }

    static UnaryOperator<Resource> deleteVariant(WriteRequest request) {
        String key = request.parameter(VARIANT);
        return ofManaged(flag -> {
            listed(flag, key);
            if (flag.variants().size() == 1) {
                throw new RejectedWriteException(409, "last_variant", "a flag must keep at least one variant", null);
            }
            ManagedFlag.Builder edit = flag.edit()
                    .variants(flag.variants().stream()
                            .filter(variant -> !variant.key().equals(key))
                            .toList())
                    .rollout(withoutWeight(flag.rollout(), key))
                    .targetSegments(flag.targetSegments().stream()
                            .map(segment -> with(segment, withoutWeight(segment.rollout(), key)))
                            .toList());
            return edit.inclusions(key, Inclusions.NONE).build();
        });
    }

    private static ManagedFlag rename(ManagedFlag flag, String from, String to) {
        ManagedFlag.Builder edit = flag.edit()
                .rollout(renamedWeight(flag.rollout(), from, to))
                .targetSegments(flag.targetSegments().stream()
                        .map(segment -> with(segment, renamedWeight(segment.rollout(), from, to)))
                        .toList());
        return edit.inclusions(to, flag.inclusions(from))
                .inclusions(from, Inclusions.NONE)
                .build();
    }

    private static TargetSegment with(TargetSegment segment, Rollout rollout) {
        return new TargetSegment(segment.name(), segment.conditions(), rollout, segment.bucketingKey());
    }

    private static Rollout renamedWeight(Rollout rollout, String from, String to) {
        Map<String, Long> weights = new LinkedHashMap<>();
        rollout.weights().forEach((variant, weight) -> weights.put(variant.equals(from) ? to : variant, weight));
        return rollout.withWeights(weights);
    }

    private static Rollout withoutWeight(Rollout rollout, String variant) {
        Map<String, Long> weights = new LinkedHashMap<>(rollout.weights());
        weights.remove(variant);
        return rollout.withWeights(weights);
    }

    private static @Nullable Long weight(WriteRequest request) {
        // Wrapped, because a reader returns null only after an error.
        return request.read(problems -> Optional.ofNullable(
                        ObjectReader.of(request.body(), problems).optionalInteger(WEIGHT, 0, Limits.WEIGHT)))
                .orElse(null);
    }

    private static Map<String, @Nullable Object> without(WriteRequest request, String field) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>(request.members());
        members.remove(field);
        return members;
    }

    // Inclusions

    static UnaryOperator<Resource> includeUsers(WriteRequest request) {
        List<String> added = texts(request, INCLUSIONS, Limits.INCLUSIONS);
        if (added.stream().anyMatch(id -> id.indexOf(',') >= 0)) {
            request.warn(INCLUSIONS, "an element with commas is one id");
        }
        return includedUsers(request, users -> united(users, added));
    }

    static UnaryOperator<Resource> removeUser(WriteRequest request) {
        String text = request.parameter("index");
        if (text.length() > MOST_DIGITS || !text.matches("[0-9]+")) {
            throw new RejectedWriteException(
                    400, "invalid_parameter", "index must be the position in the list of users, from 0", "index");
        }
        int index = Integer.parseInt(text);
        return includedUsers(request, users -> {
            if (index >= users.size()) {
                throw new RejectedWriteException(
                        404, "unknown_inclusion", "the variant has only " + users.size() + " included users", "index");
            }
            List<String> rest = new ArrayList<>(users);
            rest.remove(index);
            return rest;
        });
    }

    static UnaryOperator<Resource> removeUsers(WriteRequest request) {
        return includedUsers(request, users -> List.of());
    }

    static UnaryOperator<Resource> bulkRemoveUsers(WriteRequest request) {
        Set<String> removed = new HashSet<>(texts(request, USERS, MOST_DELETED));
        return includedUsers(
                request,
                users -> users.stream().filter(id -> !removed.contains(id)).toList());
    }

    static UnaryOperator<Resource> includeCohorts(WriteRequest request) {
        List<String> added = texts(request, INCLUSIONS, Limits.INCLUSIONS);
        return includedCohorts(request, cohorts -> united(cohorts, added));
    }

    /** The field of the body is named after users, as in Amplitude's API. */
    static UnaryOperator<Resource> bulkRemoveCohorts(WriteRequest request) {
        Set<String> removed = new HashSet<>(texts(request, USERS, MOST_DELETED));
        return includedCohorts(
                request,
                cohorts -> cohorts.stream().filter(id -> !removed.contains(id)).toList());
    }

    private static List<String> united(List<String> present, List<String> added) {
        Set<String> all = new LinkedHashSet<>(present);
        all.addAll(added);
        if (all.size() > Limits.INCLUSIONS) {
            throw new RejectedWriteException(
                    400,
                    "too_many_inclusions",
                    "a variant must have at most " + Limits.INCLUSIONS + " inclusions, would have " + all.size(),
                    INCLUSIONS);
        }
        return List.copyOf(all);
    }

    private static UnaryOperator<Resource> includedUsers(WriteRequest request, UnaryOperator<List<String>> edit) {
        return included(request, inclusions -> new Inclusions(edit.apply(inclusions.users()), inclusions.cohorts()));
    }

    private static UnaryOperator<Resource> includedCohorts(WriteRequest request, UnaryOperator<List<String>> edit) {
        return included(request, inclusions -> new Inclusions(inclusions.users(), edit.apply(inclusions.cohorts())));
    }

    private static UnaryOperator<Resource> included(WriteRequest request, UnaryOperator<Inclusions> edit) {
        String variant = request.parameter(VARIANT);
        return ofManaged(flag -> {
            requireVariant(flag, variant);
            return flag.edit()
                    .inclusions(variant, edit.apply(flag.inclusions(variant)))
                    .build();
        });
    }

    private static List<String> texts(WriteRequest request, String field, int most) {
        request.rejectOthers(Set.of(field));
        List<String> texts = request.read(problems ->
                ObjectReader.of(request.body(), problems).list(field, (value, place) -> text(value, place)));
        if (texts.size() > most) {
            throw new RejectedWriteException(
                    400,
                    field.equals(INCLUSIONS) ? "too_many_inclusions" : "invalid_resource",
                    field + " must have at most " + most + " elements, has " + texts.size(),
                    field);
        }
        return texts;
    }

    private static String text(@Nullable Object value, Problems place) {
        String text = ObjectReader.string(value, place);
        if (value instanceof String && (text.isEmpty() || text.length() > Limits.VALUE)) {
            place.add("", "must have 1 to " + Limits.VALUE + " characters");
        }
        return text;
    }

    // Deployments

    static UnaryOperator<Resource> addDeployments(WriteRequest request) {
        request.rejectOthers(Set.of(DEPLOYMENTS));
        List<Long> added = request.read(
                problems -> ObjectReader.of(request.body(), problems).list(DEPLOYMENTS, FlagEdits::id));
        return resource -> {
            Set<Long> all = new LinkedHashSet<>(deployments(resource));
            all.addAll(added);
            if (all.size() > Limits.DEPLOYMENTS) {
                throw request.invalid(DEPLOYMENTS, "must have at most " + Limits.DEPLOYMENTS + " elements");
            }
            return withDeployments(resource, List.copyOf(all));
        };
    }

    static UnaryOperator<Resource> removeDeployment(WriteRequest request) {
        long removed = ResourceCollection.DEPLOYMENTS.id(request.parameter("deployment"));
        return resource -> {
            List<Long> present = deployments(resource);
            if (!present.contains(removed)) {
                throw new RejectedWriteException(
                        404, "unknown_deployment", "the flag is not in a deployment with this id", null);
            }
            return withDeployments(
                    resource, present.stream().filter(id -> id != removed).toList());
        };
    }

    /** Reads an id: a decimal string or a number. */
    private static long id(@Nullable Object value, Problems place) {
        String text = value instanceof Long || value instanceof String ? Objects.toString(value) : "";
        if (text.matches("-?[1-9][0-9]{0,16}")) {
            return Long.parseLong(text);
        }
        place.add("", "must be an id: a positive integer, as a string or a number");
        return 0;
    }

    /** The ids of the deployments that serve a flag. */
    static List<Long> deployments(Resource resource) {
        if (resource instanceof ManagedFlag flag) {
            return flag.deployments();
        }
        return resource instanceof RawFlag raw ? raw.deployments() : List.of();
    }

    private static Resource withDeployments(Resource resource, List<Long> deployments) {
        rejectWeb(resource);
        if (resource instanceof ManagedFlag flag) {
            return flag.edit().deployments(deployments).build();
        }
        return resource instanceof RawFlag raw ? raw.withDeployments(deployments) : resource;
    }

    /** Rejects an unknown variant; {@code off} is known where users are excluded. */
    static void requireVariant(ManagedFlag flag, String variant) {
        if (!variant.equals(FlagVariant.OFF)) {
            listed(flag, variant);
        }
    }

    /**
     * A variant that the flag lists.
     *
     * @throws RejectedWriteException with 404 if there is none
     */
    static FlagVariant listed(ManagedFlag flag, String key) {
        FlagVariant variant = flag.variant(key);
        if (variant == null) {
            throw new RejectedWriteException(404, "unknown_variant", "the flag has no variant with this key", null);
        }
        return variant;
    }
}
