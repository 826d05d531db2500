/** Whether the key goes into a field: letters then are text, no shortcuts. A slider or a box takes no letters. */
export function typing(event: KeyboardEvent): boolean {
  const at = event.target as HTMLElement;
  return /^(SELECT|TEXTAREA)$/.test(at.tagName) || (at instanceof HTMLInputElement && !["range", "checkbox"].includes(at.type));
}
