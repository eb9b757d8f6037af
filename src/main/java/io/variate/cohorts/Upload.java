package io.variate.cohorts;

import io.variate.files.PrivateFiles;
import io.variate.store.StoredCohort;
import io.vertx.core.buffer.Buffer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * An uploaded cohort, ready for the database: each member once, in the stored form.
 *
 * @param groupType the group type that the body states, or null
 * @param size number of distinct members
 * @param list file with the list of members
 * @param bytes length of that file
 * @param checksum CRC-32C of that file
 */
record Upload(@Nullable String groupType, long size, Path list, long bytes, long checksum) {
    /** Well below half a G1 region: larger arrays are humongous objects, which trigger collections. */
    private static final int CHUNK = 1 << 17;

    private static final int BLOCK = 1 << 16;

    /**
     * Reads a body twice: first to count the members, then to copy them without duplicates. The set that finds duplicates
     * then needs no more memory than the cohort itself. Blocks.
     *
     * @throws InvalidCohortException if the body is not a cohort, or has more members than allowed
     */
    static Upload prepare(Path body, Path list, long maxMembers) throws IOException {
        long members = count(body, maxMembers);
        MemberSet.Builder seen = new MemberSet.Builder(members);
        CRC32C checksum = new CRC32C();
        String groupType;
        try (MemberReader reader = new MemberReader(ThrottledInputStream.open(body));
                OutputStream out = new BufferedOutputStream(
                        new CheckedOutputStream(PrivateFiles.replace(list), checksum), BLOCK)) {
            MemberList written = new MemberList(out);
            for (CharSequence id = reader.next(); id != null; id = reader.next()) {
                if (seen.add(id)) {
                    written.add(id);
                }
            }
            groupType = reader.groupType();
        }
        return new Upload(groupType, seen.size(), list, Files.size(list), checksum.getValue());
    }

    private static long count(Path body, long maxMembers) throws IOException {
        long members = 0;
        try (MemberReader reader = new MemberReader(ThrottledInputStream.open(body))) {
            while (reader.next() != null) {
                members++;
                if (members > maxMembers) {
                    throw InvalidCohortException.tooLarge("the cohort has more than " + maxMembers + " members");
                }
            }
        }
        return members;
    }

    /** The number of chunks of the list. */
    int chunks() {
        return Math.toIntExact((bytes + CHUNK - 1) / CHUNK);
    }

    /** Reads a chunk of the list, numbered from 0. Blocks. */
    Buffer chunk(int number) throws IOException {
        long start = (long) number * CHUNK;
        ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK, bytes - start));
        try (FileChannel file = FileChannel.open(list)) {
            while (chunk.hasRemaining() && file.read(chunk, start + chunk.position()) >= 0) {
                // Continues where the last read ended.
            }
        }
        return Buffer.buffer(chunk.array());
    }

    /**
     * The description of the cohort to store.
     *
     * @param id text form of its {@link CohortId}
     */
    StoredCohort as(String id, String type, long lastModified) {
        return new StoredCohort(id, type, lastModified, size, bytes, checksum, 0);
    }
}
