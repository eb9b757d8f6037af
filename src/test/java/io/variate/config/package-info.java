/** Tests of the settings. */
@NullMarked
package io.variate.config;

import org.jspecify.annotations.NullMarked;
