// What the pages do beyond their links and forms: the overview follows the calls, a call opens in
// a dialog, and a configuration is copied. Without this script everything can still be read.
"use strict";

const MOST_CALLS = 50;

function follow(live) {
  const numbers = document.getElementById("numbers");
  const calls = document.getElementById("calls");
  const connection = document.getElementById("connection");
  const pause = document.getElementById("pause");
  let after = live.dataset.after;
  let stream = null;

  function show(text) {
    if (connection.textContent !== text) connection.textContent = text;
  }

  function start() {
    stream = new EventSource(`/live?after=${after}`);
    stream.onopen = () => show("Live");
    stream.onerror = () => show("The sandbox does not answer. Trying again.");
    stream.onmessage = (event) => {
      const changes = JSON.parse(event.data);
      if (changes.run !== live.dataset.run) return location.reload();
      after = event.lastEventId;
      const focused = numbers.contains(document.activeElement)
        ? document.activeElement.getAttribute("href")
        : null;
      numbers.innerHTML = changes.numbers;
      if (focused) numbers.querySelector(`a[href="${focused}"]`)?.focus({ preventScroll: true });
      calls.insertAdjacentHTML("afterbegin", changes.calls);
      while (calls.children.length > MOST_CALLS) calls.lastElementChild.remove();
    };
  }

  pause.hidden = false;
  pause.addEventListener("click", () => {
    if (stream) {
      stream.close();
      stream = null;
      show("Paused");
    } else {
      start();
    }
    pause.textContent = stream ? "Pause" : "Continue";
  });
  // A browser may keep the page while another is looked at, and show it again as it was.
  window.addEventListener("pagehide", () => stream?.close());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && stream) start();
  });
  start();
}

async function open(link, dialog) {
  const answer = await fetch(`${link.pathname}?part`);
  if (!answer.ok) throw new Error(`The call's page answers ${answer.status}.`);
  const close = document.createElement("button");
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.innerHTML = await answer.text();
  dialog.prepend(close);
  dialog.showModal();
}

const live = document.getElementById("live");
if (live) follow(live);

const dialog = document.getElementById("shown");
if (dialog) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-call]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link, dialog).catch(() => location.assign(link.href));
  });
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    button.firstChild.textContent = "Copied";
  });
}
