/** A Vert.x application that asks the evaluators of a cluster, as docs/embedding.md explains it. */
@NullMarked
package io.variate.example;

import org.jspecify.annotations.NullMarked;
