/** Stands for vitest where what the run tests share is used outside of a test: what they do before is done by `begin`, what after by `end`. */
type Work = () => unknown;

const before: Work[] = [];
const after: Work[] = [];

export const beforeAll = (work: Work): unknown => before.push(work);
export const afterAll = (work: Work): unknown => after.push(work);

export async function begin(): Promise<void> {
  for (const work of before) await work();
}

export async function end(): Promise<void> {
  for (const work of after.reverse()) await work();
}
