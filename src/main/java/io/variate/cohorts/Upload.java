package io.variate.cohorts;

import io.variate.cohorts.MemberReader.Opening;
import io.variate.cohorts.MemberReader.Stated;
import io.variate.engine.Membership;
import io.variate.files.PrivateFiles;
import io.variate.store.StoredCohort;
import io.vertx.core.buffer.Buffer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * A received cohort: each member once, in the stored form.
 *
 * @param stated what the body states besides the members
 * @param size number of distinct members
 * @param list file with the list of members
 * @param bytes length of that file
 * @param checksum CRC-32C of that file
 */
record Upload(Stated stated, long size, Path list, long bytes, long checksum) {
    /** Well below half a G1 region: larger arrays are humongous objects, which trigger collections. */
    private static final int CHUNK = 1 << 17;

    private static final int BLOCK = 1 << 16;

    /** Body bytes permitted per member: most ids are shorter, and disk space is finite. */
    private static final long BYTES_PER_MEMBER = 128;

    /** Body bytes permitted in any case. */
    private static final long MIN_BODY_LIMIT = 1 << 20;

    private static final int MAX_GROUP_TYPE_CHARS = 256;

    /** The bytes permitted in a body. */
    static long maxBytes(long maxMembers) {
        return Math.max(MIN_BODY_LIMIT, maxMembers * BYTES_PER_MEMBER);
    }

    /**
     * Reads a body twice: first to count the members, then to copy them without duplicates. The set that finds duplicates
     * then needs no more memory than the cohort itself. Blocks.
     *
     * @param list the file to create
     * @param opening the reader for the body
     * @throws InvalidCohortException if the body is not a cohort, or has more members than allowed
     */
    static Upload prepare(Path body, Path list, long maxMembers, Opening opening) throws IOException {
        long members = count(body, maxMembers, opening);
        MemberSet.Builder seen = new MemberSet.Builder(members);
        CRC32C checksum = new CRC32C();
        Stated stated;
        try (MemberReader reader = opening.open(ThrottledInputStream.open(body));
                OutputStream out = new BufferedOutputStream(
                        new CheckedOutputStream(PrivateFiles.replace(list), checksum), BLOCK)) {
            MemberList written = new MemberList(out);
            for (CharSequence id = reader.next(); id != null; id = reader.next()) {
                if (seen.add(id)) {
                    written.add(id);
                }
            }
            stated = reader.stated();
        }
        if (stated.groupType() != null) {
            requireStorable(stated.groupType());
        }
        return new Upload(stated, seen.size(), list, Files.size(list), checksum.getValue());
    }

    private static long count(Path body, long maxMembers, Opening opening) throws IOException {
        long members = 0;
        try (MemberReader reader = opening.open(ThrottledInputStream.open(body))) {
            while (reader.next() != null) {
                members++;
                if (members > maxMembers) {
                    throw InvalidCohortException.tooManyMembers(maxMembers);
                }
            }
        }
        return members;
    }

    /** PostgreSQL rejects NUL in text. A lone surrogate has no UTF-8 form, so its driver would store a different text. */
    private static void requireStorable(String groupType) {
        if (groupType.length() > MAX_GROUP_TYPE_CHARS
                || groupType.indexOf('\0') >= 0
                || !StandardCharsets.UTF_8.newEncoder().canEncode(groupType)) {
            throw InvalidCohortException.malformed("groupType must have 1 to " + MAX_GROUP_TYPE_CHARS
                    + " characters, without NUL characters and lone surrogates");
        }
    }

    /** The group type that the body states, or users if it states none. */
    String groupType() {
        String groupType = stated.groupType();
        return groupType == null ? Membership.USER : groupType;
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
