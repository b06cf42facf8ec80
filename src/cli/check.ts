/** One line of `hy3d doctor`. */
export interface Check {
  name: string;
  /** `attention` does not keep the program from working. */
  result: 'works' | 'attention' | 'fails';
  /** What was found. */
  detail: string;
  /** What to do, where something is to be done. */
  advice?: string;
}
