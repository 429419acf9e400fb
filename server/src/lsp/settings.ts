/** The settings the server reads, per resource, checked value by value: a wrong one falls back to its default and never stops the analysis. */
import type { Severity } from '../core/rules/finding';

export interface Settings {
  enable: boolean;
  /** ids of `mappings/targets.json` */
  targets: string[];
  mindsporeVersion: string;
  /** code → severity, or off */
  severity: Record<string, Severity | 'off'>;
  /** glob patterns of files without findings */
  exclude: string[];
  /** folder with records of the user's own, a path; empty: none */
  recordsFolder: string;
}

/** The defaults of the manifest (a test keeps both equal). */
export const DEFAULTS: Settings = {
  enable: true,
  targets: ['mindspore@cpu'],
  mindsporeVersion: '2.10.0',
  severity: {},
  exclude: ['**/site-packages/**', '**/node_modules/**', '**/.venv/**'],
  recordsFolder: '',
};

const SEVERITIES: readonly string[] = ['error', 'warning', 'information', 'hint', 'off'];

const strings = (value: unknown): string[] | null =>
  Array.isArray(value) && value.every((item): item is string => typeof item === 'string') ? value : null;

/**
 * @param value section `mindport` of a client's configuration, whatever it is
 * @param known ids of the catalog's targets: others are dropped
 */
export function readSettings(value: unknown, known: ReadonlySet<string>): Settings {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Partial<Record<keyof Settings, unknown>>;
  const targets = (strings(given.targets) ?? DEFAULTS.targets).filter((id) => known.has(id));
  const severity: Settings['severity'] = {};
  if (typeof given.severity === 'object' && given.severity !== null) {
    for (const [code, level] of Object.entries(given.severity)) {
      if (/^MSP\d{3}$/.test(code) && typeof level === 'string' && SEVERITIES.includes(level)) severity[code] = level as Severity | 'off';
    }
  }
  const version = given.mindsporeVersion;
  return {
    enable: typeof given.enable === 'boolean' ? given.enable : DEFAULTS.enable,
    targets: targets.length > 0 ? targets : DEFAULTS.targets,
    mindsporeVersion: typeof version === 'string' && /^\d+\.\d+(\.\d+)?$/.test(version) ? version : DEFAULTS.mindsporeVersion,
    severity,
    exclude: strings(given.exclude) ?? DEFAULTS.exclude,
    recordsFolder: typeof given.recordsFolder === 'string' ? given.recordsFolder.trim() : DEFAULTS.recordsFolder,
  };
}

const WILDCARDS: Record<string, string> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

/** Whether a glob pattern (`**`, `*`, `?`) matches a whole path with `/` between folders. */
export function matchesGlob(pattern: string, path: string): boolean {
  const source = pattern.replace(/\*\*\/|\*\*|[*?.+^${}()|[\]\\]/g, (token) => WILDCARDS[token] ?? `\\${token}`);
  return new RegExp(`^/?${source}$`).test(path);
}
