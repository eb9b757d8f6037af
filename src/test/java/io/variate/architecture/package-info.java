/** Tests of the architecture and of the documents. */
@NullMarked
package io.variate.architecture;

import org.jspecify.annotations.NullMarked;
