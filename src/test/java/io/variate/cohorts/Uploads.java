package io.variate.cohorts;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Uploaded cohorts without a database. */
public final class Uploads {
    private Uploads() {}

    /** Replaces all uploaded cohorts by cohorts of users. */
    public static void set(UploadedCohorts uploaded, Map<CohortId, List<String>> members) {
        Map<CohortId, Cohort> cohorts = new HashMap<>();
        members.forEach((id, ids) -> cohorts.put(id, Cohort.ofDocument(id.id(), "User", 9, ids)));
        uploaded.set(cohorts);
    }
}
