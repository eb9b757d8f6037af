/**
 * OpenFeature's Remote Evaluation Protocol (OFREP): maps contexts to users, variants to resolutions, and failures to the
 * error codes of the protocol.
 */
@NullMarked
package io.variate.ofrep;

import org.jspecify.annotations.NullMarked;
