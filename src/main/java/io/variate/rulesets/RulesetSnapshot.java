package io.variate.rulesets;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.variate.files.PrivateFiles;
import io.variate.rulesets.document.EncodedRuleset;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The last ruleset of this node, on its disk. A node starts from it while every other source is down.
 *
 * <p>One file: a line with the format, the revision and the CRC-32C of the document, then the document. A new file
 * atomically replaces the old one, so a crash leaves one of them intact. Blocks; thread-safe.
 */
final class RulesetSnapshot {
    private static final String FORMAT = "variate-ruleset-1";

    private final Path directory;
    private final Path file;
    private long written = -1;

    RulesetSnapshot(Path dataDir) {
        this.directory = dataDir;
        this.file = dataDir.resolve("ruleset.snapshot");
    }

    /** Writes a ruleset unless a newer one has been written: rapid changes arrive on several threads. */
    synchronized void write(EncodedRuleset ruleset) throws IOException {
        if (ruleset.revision() < written) {
            return;
        }
        byte[] document = ruleset.json().getBytes(StandardCharsets.UTF_8);
        byte[] header = (FORMAT + " " + ruleset.revision() + " " + checksum(document, 0) + "\n")
                .getBytes(StandardCharsets.US_ASCII);
        PrivateFiles.createDirectories(directory);
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        // A file left over from a crash may have any mode.
        Files.deleteIfExists(fresh);
        try (FileChannel channel = PrivateFiles.open(fresh, CREATE_NEW, WRITE)) {
            writeFully(channel, header);
            writeFully(channel, document);
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        written = ruleset.revision();
    }

    private static void writeFully(FileChannel channel, byte[] bytes) throws IOException {
        for (ByteBuffer left = ByteBuffer.wrap(bytes); left.hasRemaining(); ) {
            channel.write(left);
        }
    }

    /**
     * Reads the ruleset written last.
     *
     * @return null if the file does not exist
     * @throws IOException if the file cannot be read, has another format, or is damaged
     */
    @Nullable
    EncodedRuleset read() throws IOException {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return null;
        }
        int end = endOfLine(content);
        String[] header = new String(content, 0, end, StandardCharsets.US_ASCII).split(" ", -1);
        if (header.length != 3 || !header[0].equals(FORMAT)) {
            throw new IOException(file + " is not a ruleset snapshot of format " + FORMAT);
        }
        if (!header[2].equals(Long.toString(checksum(content, end + 1)))) {
            throw new IOException(file + " is damaged: its checksum does not match");
        }
        String json = new String(content, end + 1, content.length - end - 1, StandardCharsets.UTF_8);
        return new EncodedRuleset(Long.parseLong(header[1]), json);
    }

    private int endOfLine(byte[] content) throws IOException {
        for (int i = 0; i < Math.min(content.length, 100); i++) {
            if (content[i] == '\n') {
                return i;
            }
        }
        throw new IOException(file + " is not a ruleset snapshot of format " + FORMAT);
    }

    private static long checksum(byte[] content, int from) {
        CRC32C checksum = new CRC32C();
        checksum.update(content, from, content.length - from);
        return checksum.getValue();
    }
}
