/**
 * Names and registration of metrics; how late event loops are; what is withheld from the log.
 *
 * <p>May import, of ours: config.
 */
@NullMarked
package io.variate.observability;

import org.jspecify.annotations.NullMarked;
