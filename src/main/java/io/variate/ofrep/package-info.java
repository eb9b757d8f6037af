/**
 * OpenFeature's Remote Evaluation Protocol: contexts to users, variants to resolutions, failures to its error codes.
 *
 * <p>May import, of ours: http, bus, client, rulesets, cohorts, engine, config, observability.
 */
@NullMarked
package io.variate.ofrep;

import org.jspecify.annotations.NullMarked;
