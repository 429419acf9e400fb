/** Colours for the canvases, read from the same custom properties that style the page, and the moments at which they change. */

export const seriesColors = 8;

export interface Palette {
  series: string[];
  foreground: string;
  muted: string;
  grid: string;
  background: string;
  font: string;
}

/** Resolves the page's colour variables as they are now (theme, forced colours, print). */
export function readPalette(): Palette {
  const probe = document.createElement('span');
  probe.className = 'mp-probe';
  document.body.append(probe);
  const resolve = (variable: string): string => {
    probe.style.color = `var(${variable})`;
    return getComputedStyle(probe).color;
  };
  const palette = {
    series: Array.from({ length: seriesColors }, (_, i) => resolve(`--mp-series-${i}`)),
    foreground: resolve('--mp-foreground'),
    muted: resolve('--mp-muted'),
    grid: resolve('--mp-grid'),
    background: resolve('--mp-background'),
    font: getComputedStyle(document.body).fontFamily,
  };
  probe.remove();
  return palette;
}

/** Calls back after the theme changed, at most once a frame. @returns stops it */
export function onThemeChange(changed: () => void): () => void {
  let pending = false;
  const schedule = (): void => {
    if (pending) return;
    pending = true;
    requestAnimationFrame(() => {
      pending = false;
      changed();
    });
  };
  const observer = new MutationObserver(schedule);
  // VS Code writes its colours to the root's style and the theme's kind to the body's class
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'].map((query) => matchMedia(query));
  for (const query of queries) query.addEventListener('change', schedule);
  // paper is light: the charts are drawn again before the page is printed, and at once, because printing does not wait for a frame
  const print = (on: boolean) => (): void => {
    document.documentElement.classList.toggle('mp-printing', on);
    changed();
  };
  const before = print(true);
  const after = print(false);
  window.addEventListener('beforeprint', before);
  window.addEventListener('afterprint', after);
  return () => {
    observer.disconnect();
    for (const query of queries) query.removeEventListener('change', schedule);
    window.removeEventListener('beforeprint', before);
    window.removeEventListener('afterprint', after);
  };
}
