// Sends the link's secret and the new password to the server, once, and says what came of it.
"use strict";

const form = document.getElementById("choose");
const said = document.getElementById("said");
const link = location.hash.slice(1);

function done(text) {
  form.hidden = true;
  said.textContent = text;
}

if (!link) {
  done("This address is not complete. Open the whole link, or ask for a new one.");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  said.textContent = "";
  try {
    const answer = await fetch("/v1/session/link", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ link, password: document.getElementById("password").value }),
    });
    const body = await answer.json();
    if (answer.ok) {
      // What was signed in is signed out: this page only sets the password.
      await fetch("/v1/session", {
        method: "DELETE",
        headers: { authorization: `Bearer ${body.access_token}` },
      });
      history.replaceState(null, "", location.pathname);
      done(`The password of ${body.person.email} is set. You can close this page and sign in.`);
    } else if (body.code === "link_over") {
      done(body.detail);
    } else {
      said.textContent = body.detail;
    }
  } catch {
    said.textContent = "The server does not answer. Nothing is lost; try again.";
  }
  button.disabled = false;
});
