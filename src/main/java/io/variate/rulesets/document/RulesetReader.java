package io.variate.rulesets.document;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.ObjectReader;
import io.variate.json.Problem;
import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads ruleset documents. Leaves invalid elements out and reports them, so that the caller can use the rest or reject the
 * document.
 */
public final class RulesetReader {
    static final String PROJECTS = "projects";

    private final KnownFlags known;
    private final Problems problems = new Problems("", new ArrayList<>());
    private final FirstUses deploymentKeys = new FirstUses();
    private final FirstUses apiKeys = new FirstUses();

    private RulesetReader(KnownFlags known) {
        this.known = known;
    }

    /**
     * The valid part of a document, and its problems.
     *
     * @param isFlat whether the fields of the project without a name are at the top of the document
     */
    public record Reading(RulesetDocument document, boolean isFlat, List<Problem> problems) {

        /** Collects problems of a project of the document. */
        Problems place(ProjectDocument project, List<Problem> found) {
            Problems top = new Problems("", found);
            return isFlat ? ProjectKeys.of(project.key(), top) : ProjectKeys.inProjects(project.key(), top);
        }
    }

    /**
     * Reads a document.
     *
     * @throws InvalidRulesetException if the text is not JSON or not an object, or has both forms of projects
     */
    public static Reading read(String json) {
        return read(json, KnownFlags.NONE);
    }

    /**
     * Reads a document, and takes flags that have not changed from earlier ones.
     *
     * @throws InvalidRulesetException as {@link #read(String)}
     */
    public static Reading read(String json, KnownFlags known) {
        if (parse(json, text -> DocumentParser.document(text, known)) instanceof Map<?, ?> object) {
            return new RulesetReader(known).document(object);
        }
        throw new InvalidRulesetException(List.of(new Problem("$", "must be an object")));
    }

    /**
     * Reads a document, or a list of flags, which stands for a document with these flags only.
     *
     * @throws InvalidRulesetException if the text is not JSON, or neither an object nor a list
     */
    static Reading readDocumentOrFlags(String json) {
        Object tree = parse(json);
        if (tree instanceof List<?> flags) {
            return new RulesetReader(KnownFlags.NONE).document(Map.of("flags", flags));
        }
        if (tree instanceof Map<?, ?> object) {
            return new RulesetReader(KnownFlags.NONE).document(object);
        }
        throw new InvalidRulesetException(List.of(new Problem("$", "must be a ruleset document or a list of flags")));
    }

    /**
     * Reads one project as a document that has only this project. Paths are those in a whole document.
     *
     * @throws InvalidRulesetException if the text is not JSON or not an object, or no project may have the key
     */
    static Reading readProject(String key, String json, KnownFlags known) {
        requireProjectKey(key);
        if (parse(json, text -> DocumentParser.project(key, text, known)) instanceof Map<?, ?> object) {
            RulesetReader reader = new RulesetReader(known);
            Problems place = ProjectKeys.of(key, reader.problems);
            ProjectDocument project =
                    reader.project(key, ObjectReader.of(object, place)).read();
            reader.rejectDeploymentKeys(project, place);
            return new Reading(new RulesetDocument(0, List.of(project)), true, reader.problems.found());
        }
        throw new InvalidRulesetException(List.of(new Problem("$", "must be an object")));
    }

    /** @throws InvalidRulesetException if no project may have the key */
    static void requireProjectKey(String key) {
        List<Problem> found = new ArrayList<>();
        if (!ProjectKeys.isValid(key)) {
            reportProjectKey(ProjectKeys.inProjects(key, new Problems("", found)));
            throw new InvalidRulesetException(found);
        }
    }

    private static void reportProjectKey(Problems project) {
        project.add("", "must have a key of 1 to 128 characters among A-Z, a-z, 0-9, '.', '_' and '-'");
    }

    /** Parses a text. @throws InvalidRulesetException if it is not JSON; the problem states the position */
    static @Nullable Object parse(String json) {
        return parse(json, Json::parseStrict);
    }

    private static @Nullable Object parse(String json, Function<String, @Nullable Object> parser) {
        try {
            return parser.apply(json);
        } catch (JsonException e) {
            throw new InvalidRulesetException(
                    List.of(new Problem(e.path(), e.getMessage() + ", in " + RulesetText.position(json, e.offset()))));
        }
    }

    private Reading document(Map<?, ?> object) {
        ObjectReader tree = ObjectReader.of(object, problems);
        Set<String> fields = new LinkedHashSet<>(ProjectReader.CONTENT);
        fields.add("revision");
        fields.add(PROJECTS);
        for (String field : tree.unknownFields(fields)) {
            // Unlike other paths, this one has any name as written, without quotes.
            problems.add(field, "is not a field of a ruleset");
        }
        long revision = revision(tree);
        boolean isFlat = tree.value(PROJECTS) == null;
        List<ProjectDocument> projects =
                isFlat ? List.of(project(ProjectKeys.UNNAMED, tree).readFlat()) : projects(tree);
        return new Reading(new RulesetDocument(revision, projects), isFlat, problems.found());
    }

    private long revision(ObjectReader tree) {
        Object revision = Json.typed(tree.value("revision"));
        if (revision instanceof Long number && number >= 0) {
            return number;
        }
        if (revision != null) {
            tree.problem("revision", "must be an integer, 0 or more");
        }
        return 0;
    }

    /** A document with both forms is rejected as a whole, because either half would drop deployments that are in use. */
    private List<ProjectDocument> projects(ObjectReader tree) {
        List<String> flat = tree.members().keySet().stream()
                .filter(ProjectReader.CONTENT::contains)
                .toList();
        if (!flat.isEmpty()) {
            throw new InvalidRulesetException(List.of(new Problem(
                    PROJECTS,
                    "cannot be combined with " + String.join(", ", flat)
                            + " at the top of the document, which is the project without a name: move "
                            + (flat.size() == 1 ? "it" : "them") + " to projects[\"\"]")));
        }
        List<ProjectDocument> projects = new ArrayList<>();
        tree.map(PROJECTS, Member::new).forEach((key, member) -> {
            if (ProjectKeys.isValid(key)) {
                projects.add(project(key, ObjectReader.of(member.json(), member.place()))
                        .read());
            } else {
                reportProjectKey(member.place());
            }
        });
        projects.forEach(project -> rejectDeploymentKeys(project, ProjectKeys.inProjects(project.key(), problems)));
        return projects;
    }

    /** Senders of events identify themselves with either, so an API key must not lead to two projects. */
    private void rejectDeploymentKeys(ProjectDocument project, Problems place) {
        String apiKey = project.apiKey();
        if (apiKey != null) {
            deploymentKeys.reject(apiKey, place.member(ProjectSettings.API_KEY));
        }
    }

    /** A member of an object, and the problems at its path. */
    private record Member(@Nullable Object json, Problems place) {}

    private ProjectReader project(String key, ObjectReader tree) {
        return new ProjectReader(key, tree, known, deploymentKeys, apiKeys);
    }
}
