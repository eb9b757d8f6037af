/**
 * Files that only the user of this process may read.
 *
 * <p>May import nothing of ours.
 */
@NullMarked
package io.variate.files;

import org.jspecify.annotations.NullMarked;
