/** A region that scrolls is reached by keyboard. */
export function reach(node: HTMLElement): void {
  node.tabIndex = 0;
}
