import { CliError } from './cli-error.ts';
import type { Terminal } from './terminal.ts';

/** Settings on the command line: `auth.apiKey=…`, or the name of a variable or file that holds the value. */
export interface SettingsOptions {
  readonly set: readonly string[];
  readonly setEnv: readonly string[];
  readonly setFile: readonly string[];
}

/** Reads them as one object. Values that are JSON (numbers, true, lists) are taken as such, unless they come from elsewhere. */
export async function readSettingsOptions(
  terminal: Terminal,
  { set, setEnv, setFile }: SettingsOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const settings: Record<string, unknown> = {};
  for (const option of set) {
    const [path, value] = split(option, '--set');
    place(settings, path, valueOf(value));
  }
  for (const option of setEnv) {
    const [path, name] = split(option, '--set-env');
    const value = terminal.env[name];
    if (value === undefined || value === '')
      throw new CliError(`The variable ${name} is not set; ${path} is read from it.`);
    place(settings, path, value);
  }
  for (const option of setFile) {
    const [path, file] = split(option, '--set-file');
    const value = await terminal.readText(file).catch((error: unknown) => {
      throw new CliError(`${file} cannot be read; ${path} is read from it.`, { cause: error });
    });
    place(settings, path, value.trim());
  }
  return settings;
}

/** Puts a value at a place like `auth.apiKey`. */
export function place(settings: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let at = settings;
  for (const name of names) {
    const known = at[name];
    const next: Record<string, unknown> = typeof known === 'object' && known !== null ? { ...known } : {};
    at[name] = next;
    at = next;
  }
  at[last] = value;
}

function split(option: string, name: string): readonly [string, string] {
  const at = option.indexOf('=');
  // What stands there may be a secret: it is not repeated.
  if (at < 1) throw new CliError(`${name} expects <setting>=<value>, like ${name} auth.apiKey=…`);
  return [option.slice(0, at), option.slice(at + 1)];
}

function valueOf(text: string): unknown {
  if (!/^(?:true|false|null|-?\d{1,15}(?:\.\d+)?|\[.*\]|\{.*\})$/su.test(text)) return text;
  try {
    const value: unknown = JSON.parse(text);
    // Ids are digits, and stay texts.
    return typeof value === 'number' && text.length > 4 ? text : value;
  } catch {
    return text;
  }
}
