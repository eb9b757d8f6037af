/**
 * The evaluation page, and the endpoints behind it: explanations of a user's variants, and simulations of many users.
 */
@NullMarked
package io.variate.page;

import org.jspecify.annotations.NullMarked;
