// Sends the link's secret and the new password to the server, once, and leads on: the office into its console, reps to
// their app, which has a sign-in of its own.
"use strict";

const form = document.getElementById("choose");
const said = document.getElementById("said");
const onward = document.getElementById("onward");
const repeated = document.getElementById("repeated");
const password = document.getElementById("password");
const link = location.hash.slice(1);

function done(text) {
  form.hidden = true;
  said.textContent = text;
}

function lead(address, text) {
  const way = onward.querySelector("a");
  way.href = address;
  way.textContent = text;
  onward.hidden = false;
  way.focus();
}

async function go({ person, access_token: token }) {
  // The secret is spent: it need not stay in the address.
  history.replaceState(null, "", location.pathname);
  if (person.role !== "rep") {
    done(`The password of ${person.email} is set, and you are signed in.`);
    lead("/office/", "Open the office");
    location.assign("/office/");
    return;
  }
  // Nothing here is for reps: their app asks for the password when it needs it.
  await fetch("/v1/session", { method: "DELETE", headers: { authorization: `Bearer ${token}` } });
  done(`The password of ${person.email} is set.`);
  lead("/app/", "Open the app");
}

if (!link) {
  done("This address is not complete. Open the whole link, or ask for a new one.");
}

for (const field of [password, repeated]) {
  field.addEventListener("input", () => {
    repeated.setCustomValidity("");
  });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (repeated.value !== password.value) {
    repeated.setCustomValidity("The two are not the same.");
    repeated.reportValidity();
    return;
  }
  const button = form.querySelector("button");
  button.disabled = true;
  said.textContent = "";
  try {
    const answer = await fetch("/v1/session/link", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ link, password: password.value, cookie: true }),
    });
    const body = await answer.json();
    if (answer.ok) {
      await go(body);
    } else if (body.code === "link_over") {
      done(body.detail);
      lead("/office/", "Sign in to the office");
    } else {
      said.textContent = body.detail;
    }
  } catch {
    said.textContent = "The server does not answer. Nothing is lost; try again.";
  }
  button.disabled = false;
});
