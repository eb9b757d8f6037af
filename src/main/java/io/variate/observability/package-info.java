/**
 * Names and registration of metrics; what is withheld from the log.
 *
 * <p>May import, of ours: config.
 */
@NullMarked
package io.variate.observability;

import org.jspecify.annotations.NullMarked;
