/**
 * PostgreSQL: schema migrations, queries, and notification of changes.
 *
 * <p>May import, of ours: engine, config, observability.
 */
@NullMarked
package io.variate.store;

import org.jspecify.annotations.NullMarked;
