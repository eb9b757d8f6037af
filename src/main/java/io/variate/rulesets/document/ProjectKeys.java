package io.variate.rulesets.document;

import io.variate.json.Problem;
import io.variate.json.Problems;
import java.util.List;
import java.util.regex.Pattern;

/** The keys of projects. The empty key stands for the project without a name. */
public final class ProjectKeys {
    /** The key of the project without a name. */
    public static final String UNNAMED = "";

    /** The id of the project without a name in the management API, where other projects have their key as id. */
    private static final String ID_OF_UNNAMED = "1";

    private static final Pattern VALID = Pattern.compile("[A-Za-z0-9._-]{1,128}");

    private ProjectKeys() {}

    /** Whether a project may have the key. */
    public static boolean isValid(String key) {
        return key.equals(UNNAMED) || VALID.matcher(key).matches();
    }

    /** The id of a project in the management API. */
    public static String id(String key) {
        return key.equals(UNNAMED) ? ID_OF_UNNAMED : key;
    }

    /** The key of the project with an id of the management API. */
    public static String ofId(String id) {
        return id.equals(ID_OF_UNNAMED) ? UNNAMED : id;
    }

    /** A project in messages. */
    public static String name(String key) {
        return key.equals(UNNAMED) ? "the project without a name" : "project '" + key + "'";
    }

    /** The problems of a project in a document that has named projects. */
    static Problems inProjects(String key, Problems document) {
        return document.member(RulesetReader.PROJECTS).member(key);
    }

    /** The problems of a project that is not read from a document; the unnamed one has the paths of the flat form. */
    public static Problems of(String key, Problems document) {
        return key.equals(UNNAMED) ? document : inProjects(key, document);
    }

    /** Adds problems whose paths are relative to the project, and start with a name. */
    public static void addAll(List<Problem> relative, Problems project) {
        String prefix = project.path().isEmpty() ? "" : project.path() + ".";
        Problems below = new Problems(prefix, project.found());
        relative.forEach(below::addRelative);
    }
}
