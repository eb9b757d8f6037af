/** Checks the {@code Dockerfile} and the files in {@code cluster/} against the node that they deploy. */
@NullMarked
package io.variate.packaging;

import org.jspecify.annotations.NullMarked;
