import CliTable from 'cli-table3';

/** Lines in columns, without frames: they can be read, copied and cut. */
export interface Lines {
  readonly add: (cells: readonly string[]) => void;
  readonly lines: () => readonly string[];
}

const none = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export function createTable(head: readonly string[]): Lines {
  const table = new CliTable({
    head: [...head],
    chars: none,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  return {
    add: (cells) => void table.push([...cells]),
    lines: () =>
      table
        .toString()
        .split('\n')
        .map((line) => line.trimEnd()),
  };
}
