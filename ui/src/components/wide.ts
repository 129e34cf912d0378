import { MediaQuery } from "svelte/reactivity";

/** From 600 px: dialogs take the place of sheets, and Add sits in the bar. */
export const wide = new MediaQuery("min-width: 37.5rem");

/** A finger is at hand, and probably no keyboard. */
export const coarse = new MediaQuery("pointer: coarse");

/** Under 700 px: two rows of keys leave room for what they answer. */
export const short = new MediaQuery("max-height: 43.74rem");
