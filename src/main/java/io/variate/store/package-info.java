/**
 * PostgreSQL: schema migrations, queries, and notifications of changes.
 */
@NullMarked
package io.variate.store;

import org.jspecify.annotations.NullMarked;
