// The digits that are typed for one request.
import { m } from "../../paraglide/messages.js";

export class Entry {
  typed = $state("");

  /** `length` says how many there are to be, while typing counts; what a screen reader is told goes to `say`. */
  constructor(
    private length: () => number | null,
    private say: (words: string) => void,
  ) {}

  type = (digit: string) => {
    const length = this.length();
    if (length === null || this.typed.length >= length) return;
    this.typed += digit;
    this.say(m.typed_digit({ digit, place: this.typed.length, count: length }));
  };

  erase = () => {
    const length = this.length();
    if (length === null || this.typed === "") return;
    this.typed = this.typed.slice(0, -1);
    this.say(m.typed_erased({ place: this.typed.length, count: length }));
  };

  /** A number that is pasted is taken whole or not at all. */
  paste = (text: string) => {
    const digits = text.replaceAll(/\s/g, "");
    if (!/^\d+$/.test(digits) || digits.length !== this.length()) return;
    this.typed = "";
    for (const digit of digits) this.type(digit);
  };

  clear() {
    this.typed = "";
  }
}
