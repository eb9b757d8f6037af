/** Amplitude's Management API on the admin port, and what goes beyond it: preconditions, batches, promotion, the audit. */
@NullMarked
package io.variate.admin.api;

import org.jspecify.annotations.NullMarked;
