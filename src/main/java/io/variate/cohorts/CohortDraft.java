package io.variate.cohorts;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.variate.cohorts.CohortBody.OnDisk;
import io.variate.files.PrivateFiles;
import io.variate.gzip.Gzip;
import io.variate.store.StoredCohort;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A cohort that is being written to disk: piece by piece, then verified, compressed and moved into place. Blocks; used by
 * one thread at a time.
 */
final class CohortDraft implements Closeable {
    private static final int MAX_START_BYTES = 32_768;
    private static final byte[] LIST = ",\"memberIds\":[".getBytes(StandardCharsets.US_ASCII);
    private static final int BLOCK = 1 << 18;

    private final CohortHead head;
    private final CohortId id;
    private final long bytes;
    private final long expectedChecksum;
    private final Path file;
    private final OnDisk body;
    private final FileChannel channel;
    private final CRC32C checksum = new CRC32C();
    private long written;

    CohortDraft(CohortId id, StoredCohort stored, Path file, OnDisk body) throws IOException {
        this.head = new CohortHead(id.id(), stored.groupType(), stored.lastModified(), stored.size());
        this.id = id;
        this.bytes = stored.bytes();
        this.expectedChecksum = stored.checksum();
        this.file = file;
        this.body = body;
        this.channel = PrivateFiles.open(file, CREATE_NEW, WRITE);
        write(ByteBuffer.wrap(CohortFormat.projectLine(id)));
        write(ByteBuffer.wrap(CohortFormat.start(head)));
    }

    /** The number of bytes of the list of members written so far. */
    long written() {
        return written;
    }

    /** Writes the next piece of the list of members. */
    void append(byte[] piece) throws IOException {
        checksum.update(piece);
        written += piece.length;
        write(ByteBuffer.wrap(piece));
    }

    /**
     * Moves the cohort into place and reads it.
     *
     * @throws IOException if the content does not match the announced length, checksum or size, or the disk fails
     */
    Cohort finish() throws IOException {
        if (written != bytes || checksum.getValue() != expectedChecksum) {
            throw new IOException("cohort " + id + " does not match its announced length and checksum");
        }
        write(ByteBuffer.wrap(CohortFormat.end()));
        channel.force(true);
        channel.close();
        MemberSet members = members(openJson(file, body.start()), head.size());
        if (members.size() != head.size()) {
            throw new IOException("cohort " + id + " has " + members.size() + " members, not " + head.size());
        }
        compress(file, body.start(), body.gzip());
        Files.move(file, body.json(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new Cohort(head.id(), head.groupType(), head.lastModified(), members, body);
    }

    /** Deletes the file unless it was finished. */
    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(file);
    }

    /**
     * Reads a finished cohort, and recreates the compressed file if it is missing.
     *
     * @throws IOException if the file is damaged
     */
    static OnDiskCohort reopen(Path json, Path gzip, long expectedChecksum) throws IOException {
        byte[] start = startOf(json);
        if (expectedChecksum != checksumOfList(json, start.length)) {
            throw new IOException("the file is damaged: its checksum does not match");
        }
        int line = lengthOfProjectLine(start);
        JsonObject head = new JsonObject(new String(start, line, start.length - line, StandardCharsets.UTF_8) + "]}");
        CohortId id = new CohortId(projectIn(start, line), head.getString("cohortId"));
        OnDisk body = new OnDisk(json, line, gzip);
        MemberSet members = members(openJson(json, line), head.getLong("size"));
        if (!Files.exists(gzip)) {
            compress(json, line, gzip);
        }
        Cohort cohort = new Cohort(id.id(), head.getString("groupType"), head.getLong("lastModified"), members, body);
        long bytes = Files.size(json) - start.length - CohortFormat.end().length;
        return new OnDiskCohort(id, cohort, body, bytes, expectedChecksum);
    }

    /** The length of the line with the project, including its end; 0 without one. */
    private static int lengthOfProjectLine(byte[] start) {
        int length = 0;
        if (start[0] == '"') {
            while (start[length++] != '\n') {
                // Line feeds within the string are escaped.
            }
        }
        return length;
    }

    private static String projectIn(byte[] start, int line) {
        return line == 0
                ? ""
                : new JsonArray("[" + new String(start, 0, line, StandardCharsets.UTF_8) + "]").getString(0);
    }

    /** The bytes before the list of members. Quotes within strings are escaped, so no id can contain the marker. */
    private static byte[] startOf(Path json) throws IOException {
        byte[] start;
        try (InputStream in = Files.newInputStream(json)) {
            start = in.readNBytes(MAX_START_BYTES);
        }
        for (int i = 0; i + LIST.length <= start.length; i++) {
            if (Arrays.equals(start, i, i + LIST.length, LIST, 0, LIST.length)) {
                return Arrays.copyOf(start, i + LIST.length);
            }
        }
        throw new IOException("the file has no list of members");
    }

    private static long checksumOfList(Path json, int start) throws IOException {
        CRC32C checksum = new CRC32C();
        long left = Files.size(json) - start - CohortFormat.end().length;
        byte[] block = new byte[BLOCK];
        try (InputStream in = Files.newInputStream(json)) {
            in.skipNBytes(start);
            while (left > 0) {
                int read = in.read(block, 0, (int) Math.min(block.length, left));
                if (read < 0) {
                    throw new IOException("the file is truncated");
                }
                checksum.update(block, 0, read);
                left -= read;
            }
        }
        return checksum.getValue();
    }

    private static MemberSet members(InputStream json, long size) throws IOException {
        MemberSet.Builder members = new MemberSet.Builder(size);
        try (MemberReader reader = new MemberReader(json)) {
            for (CharSequence id = reader.next(); id != null; id = reader.next()) {
                members.add(id);
            }
        }
        return members.build();
    }

    /** Compresses for speed: random ids hardly compress, and requests need the CPU. */
    private static void compress(Path from, long start, Path to) throws IOException {
        Path unfinished = to.resolveSibling(to.getFileName() + ".new");
        try (InputStream in = openJson(from, start);
                OutputStream out = Gzip.fast(PrivateFiles.replace(unfinished), BLOCK)) {
            in.transferTo(out);
        }
        Files.move(unfinished, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The caller closes the stream. */
    private static InputStream openJson(Path file, long start) throws IOException {
        InputStream in = ThrottledInputStream.open(file);
        try {
            in.skipNBytes(start);
            return in;
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    private void write(ByteBuffer piece) throws IOException {
        while (piece.hasRemaining()) {
            channel.write(piece);
        }
    }
}
