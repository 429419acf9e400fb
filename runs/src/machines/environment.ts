/** Shell text that makes a framework usable, from the settings of a machine. It is sourced; the first step that fails ends it. */
import { quote } from '../quote';
import { type EnvironmentSettings } from './settings';

/** Where the `module` command is defined when a shell that is no login shell lacks it. */
const moduleScripts = [
  '"${LMOD_PKG:-/none}/init/sh"',
  '"${MODULESHOME:-/none}/init/sh"',
  '/etc/profile.d/lmod.sh',
  '/etc/profile.d/modules.sh',
  '/usr/share/lmod/lmod/init/sh',
  '/usr/share/modules/init/sh',
  '/etc/profile.d/z00_lmod.sh',
];

/** The lines of `setup.sh`; empty where nothing is to be done. */
export function setupText(environment: EnvironmentSettings): string {
  const { modules, source, conda, venv } = environment;
  const step = (command: string, what: string): string =>
    `${command} || { echo ${quote(`mindport: this step of the environment failed: ${what}`)} >&2; return 72; }`;
  const lines: string[] = [];
  if (modules.length > 0) {
    lines.push('if ! command -v module >/dev/null 2>&1; then');
    lines.push(`  for mp_init in ${moduleScripts.join(' ')}; do [ -r "$mp_init" ] && . "$mp_init" && break; done`);
    lines.push('fi');
    // some versions of module end with 0 whatever happened, and say so on standard error only
    for (const name of modules) lines.push(step(`module load ${quote(name)}`, `module load ${name}`));
    const loaded = modules.map(quote).join(' ');
    lines.push(
      `case ":\${LOADEDMODULES-none}:" in :none:) ;; *) for mp_module in ${loaded}; do`,
      `  case ":$LOADEDMODULES" in *":$mp_module:"* | *":$mp_module" | *":$mp_module/"*) ;;`,
      `  *) echo "mindport: module $mp_module is not loaded" >&2; return 72 ;; esac; done ;; esac`,
    );
  }
  for (const script of source) lines.push(step(`. ${quote(script)}`, script));
  if (conda !== null) {
    lines.push(step(`eval "$(${quote(`${conda.folder}/bin/conda`)} shell.posix hook)"`, `${conda.folder}/bin/conda`));
    lines.push(step(`conda activate ${quote(conda.name)}`, `conda activate ${conda.name}`));
  }
  if (venv !== null) lines.push(step(`. ${quote(`${venv}/bin/activate`)}`, `${venv}/bin/activate`));
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
