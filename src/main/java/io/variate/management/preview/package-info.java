/** Which users get another variant if a change is saved: a candidate beside the served ruleset, evaluated for many users. */
@NullMarked
package io.variate.management.preview;

import org.jspecify.annotations.NullMarked;
