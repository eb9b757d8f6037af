/**
 * Settings as records, and the loader that reads them and reports every problem at once.
 */
@NullMarked
package io.variate.config;

import org.jspecify.annotations.NullMarked;
