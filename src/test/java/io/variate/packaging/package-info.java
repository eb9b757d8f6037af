/** What deploys Variate, the files in {@code cluster/} and the {@code Dockerfile}, against the node they deploy. */
@NullMarked
package io.variate.packaging;

import org.jspecify.annotations.NullMarked;
