/** How a request ended: the halves join, miss each other, or stay apart. */
export type Ending = "joined" | "missed" | "stopped" | "late" | "paused";
