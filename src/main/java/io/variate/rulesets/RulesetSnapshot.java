package io.variate.rulesets;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.variate.files.PrivateFiles;
import io.variate.rulesets.document.RulesetReader;
import io.variate.rulesets.rows.DeltaChain;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RowsCodec;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.rulesets.rows.UnreadableRowsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last ruleset of this node, on its disk. A node starts from it while every other source is down.
 *
 * <p>One file: a line with the format, then frames, each with the length and the CRC-32C of its content in four bytes each.
 * The first frame is a whole ruleset, and each later one a change. A crash tears at most the last frame, which is ignored.
 * When the changes take more space than the ruleset, and than {@value #MIN_CHANGES_BYTES} bytes, a new file atomically
 * replaces the old one. Blocks; thread-safe.
 */
final class RulesetSnapshot {
    static final int MIN_CHANGES_BYTES = 1 << 20;

    private static final Logger log = LoggerFactory.getLogger(RulesetSnapshot.class);
    private static final String FORMAT = "variate-ruleset-2";
    private static final byte[] HEADER = (FORMAT + "\n").getBytes(StandardCharsets.US_ASCII);

    /** Before this, the file had one JSON document after a line with format, revision and checksum. */
    private static final String DOCUMENT_FORMAT = "variate-ruleset-1";

    private static final int FRAME_HEAD_BYTES = 2 * Integer.BYTES;

    private final Path directory;
    private final Path file;

    /** The content of the file, or null if it is unknown. */
    private @Nullable Stored stored;

    private @Nullable Revision written;

    RulesetSnapshot(Path dataDir) {
        this.directory = dataDir;
        this.file = dataDir.resolve("ruleset.snapshot");
    }

    /**
     * A file without damage.
     *
     * @param baseEnd the end of the whole ruleset, in bytes
     * @param end the end of the last change, in bytes
     */
    private record Stored(RulesetRows rows, long baseEnd, long end) {
        boolean hasRoomFor(long bytes) {
            return end + bytes - baseEnd <= Math.max(baseEnd, MIN_CHANGES_BYTES);
        }
    }

    /** Writes a ruleset unless it, or a newer one, has been written: rapid changes arrive on several threads. */
    synchronized void write(RulesetRows ruleset) throws IOException {
        if (written != null && !ruleset.revision().replaces(written)) {
            return;
        }
        Stored before = stored;
        // After a failure the content of the file is unknown.
        stored = null;
        if (before != null && before.rows().revision().equals(ruleset.revision())) {
            stored = before;
        } else {
            stored = before != null && ruleset.revision().replaces(before.rows().revision())
                    ? appendOrReplace(before, ruleset)
                    : replace(ruleset);
        }
        written = ruleset.revision();
    }

    private Stored appendOrReplace(Stored before, RulesetRows ruleset) throws IOException {
        RulesetDelta change = new RulesetDelta(
                before.rows().revision(),
                ruleset.revision(),
                before.rows().rows().changesTo(ruleset.rows()));
        ByteBuffer frame = frame(RowsCodec.encode(change));
        if (!before.hasRoomFor(frame.limit()) || !Files.exists(file) || Files.size(file) < before.end()) {
            return replace(ruleset);
        }
        try (FileChannel channel = PrivateFiles.open(file, WRITE)) {
            // What follows is torn.
            channel.truncate(before.end());
            channel.position(before.end());
            writeFully(channel, frame);
            channel.force(true);
            return new Stored(ruleset, before.baseEnd(), channel.position());
        }
    }

    private Stored replace(RulesetRows ruleset) throws IOException {
        PrivateFiles.createDirectories(directory);
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        // A file left over from a crash may have any mode.
        Files.deleteIfExists(fresh);
        long end;
        try (FileChannel channel = PrivateFiles.open(fresh, CREATE_NEW, WRITE)) {
            writeFully(channel, ByteBuffer.wrap(HEADER));
            writeFully(channel, frame(RowsCodec.encode(ruleset)));
            channel.force(true);
            end = channel.position();
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new Stored(ruleset, end, end);
    }

    private static ByteBuffer frame(byte[] content) {
        return ByteBuffer.allocate(FRAME_HEAD_BYTES + content.length)
                .putInt(content.length)
                .putInt((int) checksum(content))
                .put(content)
                .flip();
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /**
     * Reads the ruleset written last. Damaged changes are ignored, with all that follow them.
     *
     * @return null if the file does not exist
     * @throws IOException if the file cannot be read, has another format, or its whole ruleset is damaged
     */
    synchronized @Nullable RulesetRows read() throws IOException {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return null;
        }
        int headerEnd = endOfLine(content);
        String[] header = new String(content, 0, headerEnd, StandardCharsets.US_ASCII).split(" ", -1);
        if (header.length == 3 && header[0].equals(DOCUMENT_FORMAT)) {
            return readDocument(content, headerEnd + 1, header);
        }
        if (header.length != 1 || !header[0].equals(FORMAT)) {
            throw notASnapshot();
        }
        Stored found = readFrames(content, headerEnd + 1);
        stored = found;
        return found.rows();
    }

    private Stored readFrames(byte[] content, int start) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(content, start, content.length - start);
        RulesetRows rows;
        try {
            rows = RowsCodec.decodeRuleset(nextFrame(in));
        } catch (UnreadableRowsException | IllegalArgumentException e) {
            throw new IOException(file + " is damaged: " + e.getMessage(), e);
        }
        int baseEnd = in.position();
        List<RulesetDelta> changes = new ArrayList<>();
        int end = baseEnd;
        while (in.hasRemaining()) {
            try {
                changes.add(RowsCodec.decodeDelta(nextFrame(in)));
                end = in.position();
            } catch (IOException | UnreadableRowsException e) {
                log.warn(
                        "ruleset snapshot is damaged: {}; ignoring its last {} bytes",
                        e.getMessage(),
                        content.length - end);
                break;
            }
        }
        try {
            return new Stored(new DeltaChain(changes).applyTo(rows), baseEnd, end);
        } catch (IllegalArgumentException e) {
            log.warn(
                    "ruleset snapshot is damaged: {}; ignoring its changes since revision={}",
                    e.getMessage(),
                    rows.revision().number());
            return new Stored(rows, baseEnd, baseEnd);
        }
    }

    private byte[] nextFrame(ByteBuffer in) throws IOException {
        if (in.remaining() < FRAME_HEAD_BYTES) {
            throw new IOException(file + " is damaged: a frame is truncated");
        }
        int length = in.getInt();
        int checksum = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IOException(file + " is damaged: a frame is truncated");
        }
        byte[] content = new byte[length];
        in.get(content);
        if ((int) checksum(content) != checksum) {
            throw new IOException(file + " is damaged: its checksum does not match");
        }
        return content;
    }

    private RulesetRows readDocument(byte[] content, int start, String[] header) throws IOException {
        byte[] document = Arrays.copyOfRange(content, start, content.length);
        if (!header[2].equals(Long.toString(checksum(document)))) {
            throw new IOException(file + " is damaged: its checksum does not match");
        }
        String json = new String(document, StandardCharsets.UTF_8);
        return RulesetRows.of(
                Revision.UNKNOWN_HISTORY,
                Long.parseLong(header[1]),
                RulesetReader.read(json).document().toRowSet(RowSet.EMPTY));
    }

    private int endOfLine(byte[] content) throws IOException {
        for (int i = 0; i < Math.min(content.length, 100); i++) {
            if (content[i] == '\n') {
                return i;
            }
        }
        throw notASnapshot();
    }

    private IOException notASnapshot() {
        return new IOException(file + " is not a ruleset snapshot of format " + FORMAT + " or " + DOCUMENT_FORMAT);
    }

    private static long checksum(byte[] content) {
        CRC32C checksum = new CRC32C();
        checksum.update(content, 0, content.length);
        return checksum.getValue();
    }
}
