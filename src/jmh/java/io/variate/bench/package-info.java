/**
 * What an answer costs over HTTP, beside a server that does nothing.
 *
 * <p>May import, of ours: dev.
 */
@NullMarked
package io.variate.bench;

import org.jspecify.annotations.NullMarked;
