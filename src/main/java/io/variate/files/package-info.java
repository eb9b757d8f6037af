/**
 * Files that only the user of this process can read.
 */
@NullMarked
package io.variate.files;

import org.jspecify.annotations.NullMarked;
