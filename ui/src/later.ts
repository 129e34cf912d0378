// All that the first screen does without: it is a file of its own, read once that one is drawn.
export { default as Item } from "./features/activity/Item.svelte";
export { default as Approve } from "./features/approve/Approve.svelte";
export { default as Backup } from "./features/backup/Backup.svelte";
export { default as Enroll } from "./features/enroll/Enroll.svelte";
export { default as SetUp } from "./features/enroll/SetUp.svelte";
export { default as Incoming } from "./features/import/Incoming.svelte";
export { default as Settings } from "./features/settings/Settings.svelte";
