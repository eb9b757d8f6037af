/**
 * Management: writes of resources with versions and audit, and their reads.
 */
@NullMarked
package io.variate.management;

import org.jspecify.annotations.NullMarked;
