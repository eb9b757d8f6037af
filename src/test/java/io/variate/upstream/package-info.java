@NullMarked
package io.variate.upstream;

import org.jspecify.annotations.NullMarked;
