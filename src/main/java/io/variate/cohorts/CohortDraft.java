package io.variate.cohorts;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.variate.cohorts.CohortBody.OnDisk;
import io.variate.files.PrivateFiles;
import io.variate.gzip.Gzip;
import io.variate.store.StoredCohort;
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
    private static final int MAX_START_BYTES = 16_384;
    private static final byte[] LIST = ",\"memberIds\":[".getBytes(StandardCharsets.US_ASCII);
    private static final int BLOCK = 1 << 18;

    private final StoredCohort head;
    private final Path file;
    private final OnDisk body;
    private final FileChannel channel;
    private final CRC32C checksum = new CRC32C();
    private long written;

    CohortDraft(StoredCohort head, Path file, OnDisk body) throws IOException {
        this.head = head;
        this.file = file;
        this.body = body;
        this.channel = PrivateFiles.open(file, CREATE_NEW, WRITE);
        write(ByteBuffer.wrap(
                CohortFormat.start(new CohortHead(head.id(), head.groupType(), head.lastModified(), head.size()))));
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
        if (written != head.bytes() || checksum.getValue() != head.checksum()) {
            throw new IOException("cohort " + head.id() + " does not match its announced length and checksum");
        }
        write(ByteBuffer.wrap(CohortFormat.end()));
        channel.force(true);
        channel.close();
        MemberSet members = members(ThrottledInputStream.open(file), head.size());
        if (members.size() != head.size()) {
            throw new IOException("cohort " + head.id() + " has " + members.size() + " members, not " + head.size());
        }
        compress(file, body.gzip());
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
    static Cohort reopen(OnDisk body, long expectedChecksum) throws IOException {
        byte[] start = startOf(body.json());
        if (expectedChecksum != checksumOfList(body.json(), start.length)) {
            throw new IOException("the file is damaged: its checksum does not match");
        }
        JsonObject head = new JsonObject(new String(start, StandardCharsets.UTF_8) + "]}");
        MemberSet members = members(Files.newInputStream(body.json()), head.getLong("size"));
        if (!Files.exists(body.gzip())) {
            compress(body.json(), body.gzip());
        }
        return new Cohort(
                head.getString("cohortId"), head.getString("groupType"), head.getLong("lastModified"), members, body);
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
    private static void compress(Path from, Path to) throws IOException {
        Path unfinished = to.resolveSibling(to.getFileName() + ".new");
        try (InputStream in = ThrottledInputStream.open(from);
                OutputStream out = Gzip.fast(PrivateFiles.replace(unfinished), BLOCK)) {
            in.transferTo(out);
        }
        Files.move(unfinished, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
