package io.variate.bus;

/**
 * The state of one node, for operators.
 *
 * @param json a JSON object, whose members may differ between releases; contains no secret
 */
public record NodeReport(String json) {}
