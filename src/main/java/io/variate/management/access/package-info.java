/** Callers of the management API: tokens and sessions, their roles and scopes, and the usage of flags and deployment keys. */
@NullMarked
package io.variate.management.access;

import org.jspecify.annotations.NullMarked;
