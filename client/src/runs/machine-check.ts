/** Check Machine: each probe with its outcome and what to do, as it comes; and all of them as a page. */
import * as vscode from 'vscode';
import { sanitise } from '../../../runs/src/log';
import { type MachineFinding, checkMachine } from '../../../runs/src/machines/check';
import { sshOptions } from '../../../runs/src/machines/connect';
import type { Fleet } from '../../../runs/src/machines/fleet';
import { type Message, render } from '../../../runs/src/messages';
import { language } from './language';

export interface Check {
  findings: MachineFinding[];
  /** null while it goes on */
  endedAt: number | null;
}

export class MachineChecks {
  private readonly checks = new Map<string, Check>();

  constructor(
    private readonly fleet: Fleet,
    private readonly changed: () => void,
  ) {}

  of(machine: string): Check | undefined {
    return this.checks.get(machine);
  }

  /** Looks at everything a run needs there; a second call while one goes on waits for nothing and gives that one. */
  async run(name: string, progress: (text: string) => void, cancelled: vscode.CancellationToken): Promise<Check> {
    const before = this.checks.get(name);
    if (before?.endedAt === null) return before;
    const check: Check = { findings: [], endedAt: null };
    this.checks.set(name, check);
    this.changed();
    const { shell } = this.fleet.connection(name);
    try {
      const machine = this.fleet.machine(name);
      const ssh = machine.host === null ? null : sshOptions(machine, { machines: [], ssh: this.fleet.ssh });
      for await (const finding of checkMachine(machine, shell, ssh)) {
        if (cancelled.isCancellationRequested) break;
        check.findings.push(finding);
        progress(said(finding.text));
        this.changed();
      }
    } finally {
      check.endedAt = Date.now();
      await shell.close();
      this.changed();
    }
    return check;
  }
}

/** A message of a probe in the person's words; parts of it come from the machine. */
export const said = ({ key, args }: Message): string => sanitise(render(language(), key, args)).replaceAll('\n', ' ');

export function failures({ findings }: Check): number {
  return findings.filter(({ status }) => status === 'failed').length;
}

const SIGNS = { ok: '✓', warning: '!', failed: '✗', skipped: '–' };

/** The outcome as a page. Text of the machine stays text: nothing in it becomes a link, an image or HTML. */
export function checkPage(name: string, { findings, endedAt }: Check): string {
  const plain = (text: string): string => text.replace(/[\\`*_{}[\]()#+\-.!<>|~&]/g, '\\$&');
  const lines = findings.flatMap(({ status, text, fix }) => [
    `- **${SIGNS[status]}** ${plain(said(text))}`,
    ...(fix === null ? [] : [`  - ${vscode.l10n.t('What to do:')} ${plain(said(fix))}`]),
  ]);
  const time = endedAt === null ? '' : new Date(endedAt).toLocaleString(vscode.env.language);
  return [`# ${plain(vscode.l10n.t('Check of {0}', name))}`, '', time, '', ...lines, ''].join('\n');
}
