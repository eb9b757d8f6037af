package io.variate.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A secret in a file of its own, such as those that container platforms mount. */
final class SecretFile {
    private static final int MAX_BYTES = 65_536;

    private SecretFile() {}

    /**
     * Reads a secret: the text of the file, without line breaks at its end. Blocks.
     *
     * @param problem receives one sentence, without content of the file, if that fails
     */
    static @Nullable Secret read(Path file, Consumer<String> problem) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString()
                    .replaceFirst("[\r\n]+\\z", "");
            if (bytes.length > MAX_BYTES) {
                problem.accept(file + " has more than " + MAX_BYTES + " bytes");
            } else if (text.isBlank()) {
                problem.accept(file + " is empty");
            } else {
                return new Secret(text);
            }
        } catch (NoSuchFileException e) {
            problem.accept(file + " does not exist");
        } catch (CharacterCodingException e) {
            problem.accept(file + " is not UTF-8");
        } catch (IOException e) {
            problem.accept(file + " cannot be read");
        }
        return null;
    }
}
