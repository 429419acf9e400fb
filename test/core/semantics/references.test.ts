import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LineIndex } from '../../../server/src/core/syntax/line-index';
import { here } from '../syntax/support';
import { readMarkers } from './markers';
import { analyze } from './support';

const root = join(here, '../../fixtures/references');

/** `line:start-end confidence name` of what stands in one line. */
const said = (line: number, start: number, end: number, confidence: string, name: string): string =>
  `${line + 1}:${start}-${end} ${confidence} ${name}`;

describe('fixtures', () => {
  for (const folder of readdirSync(root)) {
    it(folder, () => {
      const text = readFileSync(join(root, folder, 'input.py'), 'utf8');
      const { lines, everyLine } = readMarkers(text);
      const index = new LineIndex(text);
      const marked = new Set(lines.map((line) => line.line));
      const expected = lines.flatMap((line) =>
        line.markers.map((marker) => said(line.line, marker.start, marker.end, marker.confidence, marker.name)),
      );
      const found = analyze(text).references.flatMap((reference) => {
        const start = index.positionAt(reference.span.start);
        const end = index.positionAt(reference.span.end);
        if (!everyLine && !marked.has(start.line)) return [];
        return [said(start.line, start.character, end.character, reference.confidence, reference.name)];
      });
      expect(expected.length).toBeGreaterThan(0);
      expect(found.sort()).toEqual(expected.sort());
    });
  }
});
