/**
 * The public API: routes, validation, request to bus message, failure to status.
 *
 * <p>May import, of ours: bus, client, rulesets, cohorts, engine, config, observability.
 */
@NullMarked
package io.variate.http;

import org.jspecify.annotations.NullMarked;
