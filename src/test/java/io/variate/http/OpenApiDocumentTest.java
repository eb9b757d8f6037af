package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.pointer.JsonPointer;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The descriptions of both ports are valid OpenAPI documents. */
class OpenApiDocumentTest {
    private static final String META_SCHEMA = "https://json-schema.org/draft/2020-12/schema";

    @SuppressWarnings("NullAway.Init")
    private static Vertx vertx;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    /** Validates against the schema of the OpenAPI Initiative that vertx-openapi contains. */
    @ParameterizedTest
    @ValueSource(strings = {"/openapi/public.json", "/openapi/admin.json"})
    void isOpenApi31(String resource) throws IOException {
        String official = "https://spec.openapis.org/oas/3.1/schema/2022-10-07";
        SchemaRepository schemas = repository();
        schemas.dereference(official, JsonSchema.of(read(official.substring("https:/".length()))));

        assertValid(schemas.validator(official).validate(read(resource)), "the document");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/openapi/public.json", "/openapi/admin.json"})
    void everySchemaIsValid(String resource) throws IOException {
        SchemaRepository schemas = repository();
        List<JsonObject> found = new ArrayList<>();
        visit("", read(resource), (place, object) -> {
            if (object.getValue("schema") instanceof JsonObject schema) {
                found.add(schema);
            }
            if (place.equals("/components/schemas")) {
                object.forEach(member -> found.add((JsonObject) member.getValue()));
            }
        });

        assertThat(found).hasSizeGreaterThan(50);
        found.forEach(schema -> assertValid(schemas.validator(META_SCHEMA).validate(schema), schema.encode()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/openapi/public.json", "/openapi/admin.json"})
    void everyReferenceResolves(String resource) throws IOException {
        JsonObject document = read(resource);
        visit("", document, (place, object) -> {
            if (object.getValue("$ref") instanceof String reference) {
                assertThat(JsonPointer.from(reference.substring(1)).queryJson(document))
                        .as("%s of %s", reference, place)
                        .isNotNull();
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"/openapi/public.json", "/openapi/admin.json"})
    void everyComponentIsUsed(String resource) throws IOException {
        JsonObject document = read(resource);
        List<String> references = new ArrayList<>();
        visit("", document, (place, object) -> {
            if (object.getValue("$ref") instanceof String reference) {
                references.add(reference);
            }
        });
        // For every path.
        for (String general : List.of(
                "NotFound", "MethodNotAllowed", "EvaluationMethodNotAllowed", "Preflight", "ExpectationFailed")) {
            references.add("#/components/responses/" + general);
        }
        JsonObject components = document.getJsonObject("components");
        components.remove("securitySchemes");

        for (String kind : components.fieldNames()) {
            assertThat(references)
                    .containsAll(components.getJsonObject(kind).fieldNames().stream()
                            .map(name -> "#/components/" + kind + "/" + name)
                            .toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/openapi/public.json", "/openapi/admin.json"})
    void everyExampleIsValid(String resource) throws IOException {
        JsonObject document = read(resource);
        SchemaRepository schemas = repository();
        schemas.dereference("urn:variate:description", JsonSchema.of(document));
        // The repository annotates all objects, including examples, so the examples come from another copy.
        List<JsonObject> noted = withSchemas(document);
        List<JsonObject> plain = withSchemas(read(resource));

        assertThat(plain).hasSizeGreaterThan(50).hasSameSizeAs(noted);
        for (int i = 0; i < plain.size(); i++) {
            Validator validator = schemas.validator(JsonSchema.of(noted.get(i).getJsonObject("schema")));
            for (Object example : examples(plain.get(i))) {
                assertValid(validator.validate(example), "the example " + example);
            }
        }
    }

    private static List<JsonObject> withSchemas(JsonObject document) {
        List<JsonObject> found = new ArrayList<>();
        visit("", document, (place, object) -> {
            if (object.getValue("schema") instanceof JsonObject) {
                found.add(object);
            }
        });
        return found;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/openapi/public.json", "/openapi/admin.json"})
    void everyBodyHasAnExample(String resource) throws IOException {
        visit("", read(resource), (place, object) -> {
            if (place.contains("/content/") && object.containsKey("schema") && !place.contains("openapi.json")) {
                assertThat(examples(object)).as("examples at %s", place).isNotEmpty();
            }
        });
    }

    private static List<Object> examples(JsonObject object) {
        List<Object> examples = new ArrayList<>();
        if (object.containsKey("example")) {
            examples.add(object.getValue("example"));
        }
        if (object.getValue("examples") instanceof JsonObject named) {
            named.forEach(example -> {
                if (example.getValue() instanceof JsonObject each && each.containsKey("value")) {
                    examples.add(each.getValue("value"));
                }
            });
        }
        return examples;
    }

    /** Visits all objects of a tree, except inside examples. */
    private static void visit(String place, @Nullable Object tree, BiConsumer<String, JsonObject> visitor) {
        if (tree instanceof JsonObject object) {
            visitor.accept(place, object);
            object.forEach(member -> {
                // A schema may have a property with this name.
                if (!member.getKey().startsWith("example") || place.endsWith("/properties")) {
                    visit(place + "/" + member.getKey(), member.getValue(), visitor);
                }
            });
        } else if (tree instanceof JsonArray array) {
            for (int i = 0; i < array.size(); i++) {
                visit(place + "/" + i, array.getValue(i), visitor);
            }
        }
    }

    private static SchemaRepository repository() {
        SchemaRepository schemas = SchemaRepository.create(new JsonSchemaOptions()
                .setBaseUri("urn:variate")
                .setDraft(Draft.DRAFT202012)
                .setOutputFormat(OutputFormat.Basic));
        schemas.preloadMetaSchema(vertx.fileSystem(), Draft.DRAFT202012);
        return schemas;
    }

    private static void assertValid(OutputUnit result, String what) {
        assertThat(result.getValid()).as("%s: %s", what, result.getErrors()).isTrue();
    }

    private static JsonObject read(String resource) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(OpenApiDocumentTest.class.getResourceAsStream(resource), resource)) {
            return new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
