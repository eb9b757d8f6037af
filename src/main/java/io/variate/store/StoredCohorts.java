package io.variate.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * All uploaded cohorts of one revision.
 *
 * @param revision grows with every change, but may decrease when the database is restored; 0 before the first change
 * @param cohorts sorted by id
 */
public record StoredCohorts(long revision, List<StoredCohort> cohorts) {

    public StoredCohorts {
        cohorts = List.copyOf(cohorts);
    }

    /** A hash that distinguishes these cohorts from others of the same revision. Equal on all nodes; never 0. */
    public long fingerprint() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(Long.toString(revision).getBytes(StandardCharsets.US_ASCII));
            for (StoredCohort cohort : cohorts) {
                digest.update(cohort.toString().getBytes(StandardCharsets.UTF_8));
            }
            return ByteBuffer.wrap(digest.digest()).getLong() | 1;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
