// Stands where Tauri's own scripts stand in the app's web view, and does as they do on Android: calls go as text, and
// bytes in them as lists of numbers, which is why the page must not send any.
(() => {
  Object.freeze(Object.prototype);

  const callbacks = new Map();
  let heard = [];
  let last = 0;

  function text(call) {
    return JSON.stringify(call, (_, value) => (value instanceof Uint8Array ? Array.from(value) : value));
  }

  async function invoke(cmd, payload = {}, options = {}) {
    const listener = cmd === "plugin:event|listen" ? { event: payload.event, handler: payload.handler } : null;
    if (listener) heard.push(listener);
    const answer = await fetch("/host/call", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: text({ cmd, payload, headers: options.headers ?? {} }),
    });
    const value = await answer.json();
    if (!answer.ok) throw value;
    if (listener) listener.id = value;
    return value;
  }

  async function listen() {
    for (let after = __SO_FAR__; ; ) {
      const answer = await fetch(`/host/told?after=${after}`);
      const news = await answer.json();
      after += news.length;
      for (const { event, payload } of news) {
        for (const { handler, id } of heard.filter((each) => each.event === event)) {
          callbacks.get(handler)?.({ event, id, payload });
        }
      }
    }
  }

  window.__TAURI_INTERNALS__ = {
    invoke,
    transformCallback(callback, once = false) {
      const id = (last += 1);
      callbacks.set(id, (value) => {
        if (once) callbacks.delete(id);
        callback?.(value);
      });
      return id;
    },
    unregisterCallback: (id) => callbacks.delete(id),
  };
  window.__TAURI_EVENT_PLUGIN_INTERNALS__ = {
    unregisterListener(event, id) {
      heard = heard.filter((each) => each.event !== event || each.id !== id);
    },
  };
  // The app has ended: there is nothing more to hear.
  listen().catch(() => {});
})();
