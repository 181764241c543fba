import { InvalidArgumentError } from 'commander';

/** Reads an option that is a whole number within these bounds. */
export function wholeNumber(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

/** How many of a list to show. */
export const toCount = wholeNumber(1, 10_000);
