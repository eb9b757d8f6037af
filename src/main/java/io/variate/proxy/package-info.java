/**
 * Starts a node as a replacement of Amplitude's evaluation-proxy: translates its variables and files into settings.
 */
@NullMarked
package io.variate.proxy;

import org.jspecify.annotations.NullMarked;
