/** What a provider must tell of its accounts. */
type LinesDeps<Input, Account, Line> = {
  readonly parse: (input: Input) => Account;
  /** The provider's own name of an account. */
  readonly keyOf: (account: Account) => string;
  /** An account as it begins: with nothing used of its limits. */
  readonly newLine: (account: Account) => Line;
};

/** The accounts of a provider as they live here, by the provider's own name of them. */
export function createLines<Input, Account, Line extends { account: Account }>({
  parse,
  keyOf,
  newLine,
}: LinesDeps<Input, Account, Line>) {
  const lines = new Map<string, Line>();

  /** Adds or replaces an account; what it has used of its limits stays. */
  const put = (input: Input): Account => {
    const account = parse(input);
    const line = lines.get(keyOf(account));
    if (line === undefined) lines.set(keyOf(account), newLine(account));
    else line.account = account;
    return account;
  };

  /** Lets every account begin again. */
  const reset = (): void => {
    for (const [key, { account }] of lines) lines.set(key, newLine(account));
  };

  return { lines, put, reset, accounts: (): readonly Account[] => [...lines.values()].map(({ account }) => account) };
}
