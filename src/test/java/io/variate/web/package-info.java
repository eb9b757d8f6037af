/** Tests of the building blocks of both HTTP ports. */
@NullMarked
package io.variate.web;

import org.jspecify.annotations.NullMarked;
