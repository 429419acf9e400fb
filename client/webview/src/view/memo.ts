/** Remembers what a part of the page was last drawn from, so that it is drawn again only when that changed. */
export class Memo {
  private inputs: readonly unknown[] | null = null;

  /** True when any input differs from the last call's (lists by their elements, all else by identity). */
  changed(...inputs: unknown[]): boolean {
    const before = this.inputs;
    this.inputs = inputs;
    return before === null || before.length !== inputs.length || inputs.some((input, i) => !same(input, before[i]));
  }
}

function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => Object.is(item, b[i]));
  return Object.is(a, b);
}
