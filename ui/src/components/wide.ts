import { MediaQuery } from "svelte/reactivity";

/** From 600 px: dialogs take the place of sheets, and Add sits in the bar. */
export const wide = new MediaQuery("min-width: 37.5rem");
