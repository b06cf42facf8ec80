/** Something that others made and that is in the executable. */
export interface LicensedPart {
  name: string;
  /** Empty where nobody counts it. */
  version: string;
  /** SPDX id, or the words of its publisher. */
  licence: string;
  /** Parts that it contains and that its texts cover. */
  contains?: readonly string[];
  /** Copyright notices and licences in full, at least one and none empty. */
  texts: readonly string[];
}
