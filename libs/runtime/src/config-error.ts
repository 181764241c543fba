/** Thrown by `readConfig`: the message lists every fault of the configuration, one line each. */
export class ConfigError extends Error {
  readonly code = 'bad_configuration';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
    super(`The configuration has ${count}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}
