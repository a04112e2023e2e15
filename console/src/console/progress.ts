import type { RunProgress } from "./queries";

/** How far a step over many objects has come, in words: `goods: 200 of 10000, 3 refused`. */
export function inWords({ step, done, of, failed, undone }: RunProgress): string {
  const parts = [`${step}: ${done}${of === null ? "" : ` of ${of}`}`];
  if (failed > 0) parts.push(`${failed} refused`);
  if (undone > 0) parts.push(`${undone} taken back`);
  return parts.join(", ");
}

/** The same as a share from 0 to 1, which falls while pages are taken back; null where that is not known. */
export function share({ done, of, undone }: RunProgress): number | null {
  if (of === null) return null;
  // Objects may be made while the step meets them: there can be more in the end than there were.
  return of === 0 ? 1 : Math.min(1, Math.max(0, done - undone) / of);
}
