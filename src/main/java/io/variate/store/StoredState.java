package io.variate.store;

import io.variate.rulesets.rows.Digest;
import io.variate.rulesets.rows.Revision;
import org.jspecify.annotations.Nullable;

/**
 * The state of the ruleset in the database, as a reader of some served revision sees it.
 *
 * @param prunedTo tombstones up to this revision are gone
 * @param logged the digest of the served number in the log of revisions, or null if it is not there
 */
record StoredState(
        Revision revision, long prunedTo, @Nullable Digest logged) {

    /** The relation of a served revision to the database. */
    enum Relation {
        /** The database has the served revision. */
        SAME,
        /** The database knows all changes since. */
        ANCESTOR,
        /** Too old to tell what has changed since, or the database contradicts itself: only reading everything helps. */
        UNKNOWN,
        /** The database has never had the served revision, or has lost it. */
        DIVERGED
    }

    /** The relation of the revision for which this state was read. */
    Relation relation(Revision served) {
        if (served.equals(revision)) {
            return Relation.SAME;
        }
        boolean contradicted = logged != null && !logged.equals(served.digest());
        if (!served.sharesHistoryWith(revision) || served.number() > revision.number() || contradicted) {
            return Relation.DIVERGED;
        }
        boolean known = logged != null && served.number() < revision.number() && served.number() >= prunedTo;
        return known ? Relation.ANCESTOR : Relation.UNKNOWN;
    }
}
