/** Talks to `python -m mindport_prove`: jobs in, answers out, one JSON object a line. */
import { execFileSync, spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Job } from './jobs';

/** The prover's answer to one job; see docs/architecture.md "Prover job". */
export interface Answer {
  id: string;
  ok: boolean;
  forward: number | null;
  grad: number | null;
  modes: string[];
  calls: number;
  dtype: string | null;
  error: string | null;
  seconds: number;
  /** PyTorch itself raised */
  refused?: boolean;
  /** MindSpore raised */
  raised?: boolean;
}

export interface Versions {
  python: string;
  torch: string;
  mindspore: string;
  numpy: string;
}

const environment = (root: string): NodeJS.ProcessEnv => ({
  ...process.env,
  PYTHONPATH: [join(root, 'python'), process.env.PYTHONPATH].filter(Boolean).join(delimiter),
});

/** The versions of what will execute. Throws when a framework is not installed. */
export function versionsOf(python: string, root: string): Versions {
  const text = execFileSync(python, ['-m', 'mindport_prove', '--versions'], {
    encoding: 'utf8',
    env: environment(root),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(text) as Versions;
}

/**
 * Executes jobs with `workers` processes; `onAnswer` sees each answer as it comes. Rejects when the prover itself fails.
 * @param limit seconds after which the prover is ended: the answers it gave until then count
 */
export function execute(
  python: string,
  root: string,
  jobs: Job[],
  workers: number,
  onAnswer: (answer: Answer) => void,
  limit = Infinity,
): Promise<Answer[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-m', 'mindport_prove', '--workers', String(workers)], {
      env: environment(root),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stop = (): boolean => child.kill('SIGTERM');
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
    const answers: Answer[] = [];
    let complaint = '';
    let late = false;
    const timer = Number.isFinite(limit)
      ? setTimeout(() => {
          late = true;
          stop();
        }, limit * 1000)
      : undefined;
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaint = (complaint + chunk).slice(-2000)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as Answer;
      answers.push(answer);
      onAnswer(answer);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
      clearTimeout(timer);
      if (late || answers.length === jobs.length) resolve(answers);
      else
        reject(
          new Error(`the prover ended with status ${code} after ${answers.length} of ${jobs.length} examples\n${complaint}`.trimEnd()),
        );
    });
    child.stdin.on('error', () => {}); // it ended early; 'close' says so
    child.stdin.end(jobs.map((job) => `${JSON.stringify(job)}\n`).join(''));
  });
}
