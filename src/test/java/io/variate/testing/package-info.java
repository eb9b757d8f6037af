/** Shared test fixtures: a node in this process, raw connections, certificates, and validation of responses. */
@NullMarked
package io.variate.testing;

import org.jspecify.annotations.NullMarked;
