/** What client and server say to each other about *Scan Workspace*. */

/**
 * Analyses files whether they are open or not. The findings of those that are not come as published diagnostics while it goes on; they stay until
 * the next scan, and follow the file from then on.
 */
export const SCAN = 'mindport/scanWorkspace';

export interface ScanParams {
  /** URIs */
  files: string[];
  /** of the `$/progress` notifications that carry a `ScanProgress` */
  progress: string | number;
}

export interface ScanProgress {
  done: number;
  total: number;
}

export interface ScanResult {
  /** files that were analysed */
  files: number;
  withFindings: number;
  findings: number;
  /** findings with a safe fix */
  safe: number;
  /** files that could not be read or analysed */
  failed: string[];
}
