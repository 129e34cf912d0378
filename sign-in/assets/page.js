// What the pages do by themselves: wait for the phone, count down, write times in the person's zone, copy.
// Every page works without it. It makes no markup out of text, and keeps nothing.
"use strict";

// The language of the page, as the person's own country writes it.
const language = document.documentElement.lang;
const locale = navigator.languages.find((tag) => tag.split("-")[0] === language && tag.includes("-")) ??
  (language === "en" ? "en-GB" : language);
const main = document.getElementById("main");
const said = document.querySelector("[data-said]");

// -- waiting

// A form that is sent leads elsewhere: what is heard on the way out does not call the person back.
const leaving = new AbortController();
addEventListener("submit", () => leaving.abort());

const waiting = document.querySelector("[data-wait]");
if (waiting) wait(waiting);

// The server answers when something has changed, or after half a minute with the same word.
async function wait(section) {
  const known = section.dataset.known;
  const address = new URL(section.dataset.wait, location.href);
  address.searchParams.set("seen", known);
  let pause = 1000;
  for (;;) {
    try {
      const answer = await fetch(address, { cache: "no-store", redirect: "error", signal: leaving.signal });
      if (answer.ok) {
        const { state } = await answer.json();
        if (leaving.signal.aborted) return;
        if (state !== known) return go(section, state);
        pause = 1000;
      } else if (answer.status < 500 && answer.status !== 429) {
        return location.reload();
      } else {
        pause = Math.min(pause * 2, 15000);
      }
    } catch {
      if (leaving.signal.aborted) return;
      // No network, or the page's time is over and it was redirected: look again later.
      pause = Math.min(pause * 2, 15000);
    }
    await new Promise((done) => setTimeout(done, pause));
  }
}

function go(section, state) {
  const finish = section.querySelector("[data-finish]");
  if (state === "approved" && finish) finish.submit();
  else location.replace(section.dataset.then);
}

for (const { dataset } of document.querySelectorAll("[data-reload]")) {
  setTimeout(() => location.reload(), Number(dataset.reload));
}

// -- time

for (const clock of document.querySelectorAll("[data-until]")) count(clock);

// By how much this clock is off is not known, so it starts from what the server wrote.
function count(clock) {
  const [, minutes, seconds] = clock.textContent.match(/(\d+):(\d\d)/) ?? [0, 0, 0];
  const end = performance.now() + (Number(minutes) * 60 + Number(seconds)) * 1000;
  const timer = setInterval(() => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    clock.textContent = clock.dataset.left.replace("{time}", time);
    if ((left === 30 || left === 10) && said?.dataset.other) {
      const form = left === 1 ? said.dataset.one : said.dataset.other;
      said.textContent = form.replace("{n}", left);
    }
    if (left === 0) clearInterval(timer);
  }, 1000);
}

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" });
  const days = Math.round((startOfDay(at) - startOfDay(new Date())) / 86400000);
  time.title = moment.format(at);
  if (time.dataset.style === "day") {
    const near = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
    time.textContent = days === 0 || days === -1 ? near.format(days, "day") : day.format(at);
  } else {
    time.textContent = moment.format(at);
  }
}

function startOfDay(at) {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate());
}

for (const field of document.querySelectorAll("[data-offset]")) {
  const offset = document.getElementById(field.dataset.offset);
  const tell = () => {
    const at = field.value ? new Date(field.value) : new Date();
    offset.value = String(at.getTimezoneOffset());
  };
  field.addEventListener("change", tell);
  tell();
}

// -- buttons

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent.replace(/\s/g, "");
    await navigator.clipboard.writeText(text);
    if (said) said.textContent = button.dataset.copied;
    const label = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.textContent = label), 3000);
  });
}

for (const button of document.querySelectorAll("[data-show]")) {
  const field = document.getElementById(button.dataset.show);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
  // What was typed is not kept as plain text by the browser.
  field.form.addEventListener("submit", () => (field.type = "password"));
}

for (const menu of document.querySelectorAll("[data-menu]")) {
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}

// A page that says how something ended begins at its heading; one with a mistake at the field.
const heading = main?.querySelector("[data-focus]");
const mistake = main?.querySelector("[aria-invalid]");
(mistake ?? heading)?.focus();
