package io.variate.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * All cohorts that are uploaded.
 *
 * @param revision grows with every change, except when the database is restored to an older state; 0 before the first
 * @param cohorts in order of their ids
 */
public record StoredCohorts(long revision, List<StoredCohort> cohorts) {

    public StoredCohorts {
        cohorts = List.copyOf(cohorts);
    }

    /** Tells these cohorts from others of the same revision; the same on all nodes, never 0. */
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
