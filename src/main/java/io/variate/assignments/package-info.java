/**
 * Assignment events: encoding, deduplication, recording, and the ledger.
 */
@NullMarked
package io.variate.assignments;

import org.jspecify.annotations.NullMarked;
