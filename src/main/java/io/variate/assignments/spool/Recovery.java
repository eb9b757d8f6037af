package io.variate.assignments.spool;

import java.util.List;

/**
 * The state of the log when it was opened.
 *
 * @param records number of undelivered records
 * @param lost unreadable records that are not settled yet
 * @param tornBytes bytes truncated after the last intact record
 * @param unreadable renamed files, each with the reason
 * @param checkpointLost whether the checkpoint is missing, so that all records are delivered again
 */
public record Recovery(long records, Losses lost, long tornBytes, List<String> unreadable, boolean checkpointLost) {}
