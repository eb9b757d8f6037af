/** JSON as text and trees: scanning, reading, writing and typed access to fields, with the path of each problem. */
@NullMarked
package io.variate.json;

import org.jspecify.annotations.NullMarked;
