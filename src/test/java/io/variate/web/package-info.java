/** Tests of what bounds clients. */
@NullMarked
package io.variate.web;

import org.jspecify.annotations.NullMarked;
