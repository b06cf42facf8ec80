import { type Command, Option } from 'commander';
import { type Config, type ConfigTexts, loadConfig, SETTINGS, type SettingName } from '../config.ts';

/** Adds the flags of these settings to a command; their help names the variable and the default. */
export function addConfigFlags(command: Command, names: readonly SettingName[]): void {
  for (const name of names) {
    const option = flagOf(name);
    if (option) command.addOption(option);
  }
}

/** All settings that have a flag. */
export function settingsWithFlags(): SettingName[] {
  return (Object.keys(SETTINGS) as SettingName[]).filter((name) => flagOf(name) !== undefined);
}

/**
 * The settings as flags, environment and defaults give them.
 * @param values what commander read
 * @param defaults defaults of this command that differ from the common ones
 * @throws {ConfigError}
 */
export function readConfig(values: Readonly<Record<string, unknown>>, defaults: ConfigTexts = {}): Config {
  const flags: ConfigTexts = {};
  for (const name of settingsWithFlags()) {
    const attribute = flagOf(name)?.attributeName();
    const value = attribute === undefined ? undefined : values[attribute];
    if (typeof value === 'string') flags[name] = value;
  }
  return loadConfig(flags, { defaults });
}

function flagOf(name: SettingName): Option | undefined {
  const { flag, env, description, ...setting } = SETTINGS[name] as (typeof SETTINGS)[SettingName] & {
    flag?: string;
    default?: string;
  };
  if (flag === undefined) return undefined;
  const notes = [setting.default === undefined ? undefined : `default: ${setting.default}`, `env: ${env}`];
  return new Option(flag, `${description} (${notes.filter(Boolean).join(', ')})`);
}
