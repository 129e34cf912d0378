// A set-up code in the groups people read it in: K7QF2-M9XTD.

const GROUP = 5;

/** The text in capitals and groups, and where a caret that was at `caret` is now. */
export function grouped(typed: string, caret: number): { text: string; caret: number } {
  const letters = kept(typed);
  const before = kept(typed.slice(0, caret)).length;
  const text = letters.match(/.{1,5}/g)?.join("-") ?? "";
  // Behind a full group the caret stands behind its dash, if there is more to come.
  const dashes = Math.floor(before / GROUP);
  return { text, caret: Math.min(text.length, before + dashes) };
}

function kept(text: string): string {
  return text.toUpperCase().replaceAll(/[^A-Z0-9]/g, "");
}
