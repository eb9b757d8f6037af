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
 * What somebody sent as a cohort, made ready for the database: each member once, in the form in which it is kept.
 *
 * @param groupType what the body says, or null if it does not
 * @param size how many different members there are
 * @param list file with the list of members
 * @param bytes length of that file
 * @param checksum CRC-32C of these bytes
 */
record Upload(@Nullable String groupType, long size, Path list, long bytes, long checksum) {
    /** Well below half a region of G1, which would keep it apart, and collect for it, as something humongous. */
    private static final int CHUNK = 1 << 17;

    private static final int BLOCK = 1 << 16;

    /**
     * Reads a body twice, once for how many members there are and once for the members: the set that tells which have
     * been there then takes the memory of the cohort, and not more. Blocks.
     *
     * @throws InvalidCohortException if it is no cohort, or one of more members than allowed
     */
    static Upload prepare(Path body, Path list, long mostMembers) throws IOException {
        long members = count(body, mostMembers);
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

    private static long count(Path body, long most) throws IOException {
        long members = 0;
        try (MemberReader reader = new MemberReader(ThrottledInputStream.open(body))) {
            while (reader.next() != null) {
                members++;
                if (members > most) {
                    throw InvalidCohortException.tooLarge("the cohort has more than " + most + " members");
                }
            }
        }
        return members;
    }

    /** How many pieces {@link #chunk} has. */
    int chunks() {
        return Math.toIntExact((bytes + CHUNK - 1) / CHUNK);
    }

    /** A piece of the list, counted from 0. Blocks. */
    Buffer chunk(int number) throws IOException {
        long start = (long) number * CHUNK;
        ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK, bytes - start));
        try (FileChannel file = FileChannel.open(list)) {
            while (chunk.hasRemaining() && file.read(chunk, start + chunk.position()) >= 0) {
                // Goes on where the last read ended.
            }
        }
        return Buffer.buffer(chunk.array());
    }

    /** The cohort to be stored. */
    StoredCohort as(String id, String type, long lastModified) {
        return new StoredCohort(id, type, lastModified, size, bytes, checksum, 0);
    }
}
