package io.variate.config;

import java.util.List;

/**
 * The settings of a node, and where each comes from.
 *
 * @param settings the settings
 * @param effective each setting, in the order of the sections; without secrets
 */
public record LoadedSettings(Settings settings, List<EffectiveSetting> effective) {}
