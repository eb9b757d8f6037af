/** Commands that keep resources in files: export, plan, apply, and import from Amplitude. */
@NullMarked
package io.variate.commandline.resources;

import org.jspecify.annotations.NullMarked;
