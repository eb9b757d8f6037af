/** The ruleset document: its form, its reader, its checks, and what is stored of it. */
@NullMarked
package io.variate.rulesets.document;

import org.jspecify.annotations.NullMarked;
