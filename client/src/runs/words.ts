/** Words of states, links and times that several views use. */
import * as vscode from 'vscode';
import { madeAt } from '../../../runs/src/directory';
import type { LinkState } from '../../../runs/src/link';
import { sanitise } from '../../../runs/src/log';
import { render } from '../../../runs/src/messages';
import type { RunStatus } from '../../../runs/src/look';
import type { MachineSettings } from '../../../runs/src/machines/settings';
import { isEnded } from '../../../runs/src/state';
import { language } from './language';

/** Names of frameworks as people write them. */
export const FRAMEWORKS = { torch: 'PyTorch', torch_npu: 'PyTorch (torch_npu)', mindspore: 'MindSpore' };

/** The link of a machine in words; null: it was not asked yet. */
export function linkWord(link: LinkState | null): string {
  switch (link) {
    case 'connected':
      return vscode.l10n.t('connected');
    case 'reconnecting':
      return vscode.l10n.t('reconnecting');
    case 'offline':
      return vscode.l10n.t('offline');
    case 'auth_needed':
      return vscode.l10n.t('login needed');
    case 'hostkey_changed':
      return vscode.l10n.t('host key changed');
    case null:
      return vscode.l10n.t('not connected yet');
  }
}

/** A time that has passed, in words. */
export function ago(time: number, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  if (seconds < 120) return vscode.l10n.t('{0} s ago', seconds);
  if (seconds < 7200) return vscode.l10n.t('{0} min ago', Math.round(seconds / 60));
  return seconds < 172_800
    ? vscode.l10n.t('{0} h ago', Math.round(seconds / 3600))
    : vscode.l10n.t('{0} days ago', Math.round(seconds / 86_400));
}

/** The state of a run, of one that waits with the reason; where the machine is not reached, when it was seen: what goes on there is not known. */
export function stateWord(run: RunStatus): string {
  const word = render(language(), `state.${run.state}`);
  const state = run.state === 'queued' && run.explanation !== null ? `${word}: ${sanitise(run.explanation)}` : word;
  if (run.link === 'connected' || isEnded(run.state)) return state;
  return vscode.l10n.t('{0}, last seen {1}', state, ago(run.seenAt));
}

export const machineName = (name: string | null): string => name ?? vscode.l10n.t('This machine');

export const chipsText = (chips: Record<string, number>): string =>
  Object.entries(chips)
    .map(([chip, count]) => `${count} × ${chip}`)
    .join(', ');

/** Slurm with its partition; empty where programs are started on the host itself. */
export function schedulerText({ slurm }: MachineSettings): string {
  return slurm === null ? '' : ['Slurm', slurm.partition].filter(Boolean).join(' ');
}

/** When a run was made, by the clock: runs of one program bear one name. */
export const clockTime = (id: string): string =>
  new Date(madeAt(id)).toLocaleTimeString(vscode.env.language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
