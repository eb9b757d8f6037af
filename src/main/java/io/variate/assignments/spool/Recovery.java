package io.variate.assignments.spool;

import java.util.List;

/**
 * What an opening found.
 *
 * @param records how many wait to be delivered
 * @param lost records that cannot be read, and are noticed now or were not settled when the spool was last open
 * @param tornBytes cut off behind the last whole record
 * @param unreadable files set aside, each with the reason
 * @param checkpointLost whether it is not known what was delivered, so that all that is there will be once more
 */
public record Recovery(long records, Losses lost, long tornBytes, List<String> unreadable, boolean checkpointLost) {}
