/** JSON as bytes, text and trees: scanning, reading and writing, with a path to each problem. */
@NullMarked
package io.variate.json;

import org.jspecify.annotations.NullMarked;
