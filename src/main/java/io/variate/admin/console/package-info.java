/** The console: its files, sign-in, changes as they happen, and the state of the cluster. */
@NullMarked
package io.variate.admin.console;

import org.jspecify.annotations.NullMarked;
