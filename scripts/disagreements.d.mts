export interface Disagreement {
  id: string;
  kind: 'wrong' | 'extreme' | 'default' | 'refuses' | 'ends';
  /** the MindSpore name */
  api: string;
  /** what MindSpore's tables say of the pair */
  official?: string;
  title: { en: string; zh: string };
  given: string;
  torch: string;
  mindspore: string;
  /** run in a process of its own */
  alone?: boolean;
  /** MindSpore's result is not the same each time */
  varies?: boolean;
}
export interface Shown {
  id: string;
  torch: string;
  mindspore: string;
}
export const PAGES: Record<'en' | 'zh', string>;
export function readCases(): Disagreement[];
export function execute(python: string, cases: Disagreement[]): Map<string, Shown>;
export function versionsOf(python: string): { torch: string; mindspore: string };
export function render(
  cases: Disagreement[],
  answers: Map<string, Shown>,
  versions: { torch: string; mindspore: string },
  language: 'en' | 'zh',
): string;
