/** The ruleset document: model, reader, checks and stored form. */
@NullMarked
package io.variate.rulesets.document;

import org.jspecify.annotations.NullMarked;
