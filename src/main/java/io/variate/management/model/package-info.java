/** Management resources: what people and scripts edit, as immutable records. */
@NullMarked
package io.variate.management.model;

import org.jspecify.annotations.NullMarked;
