// A request that got no answer at all says so; what the server answers, it shows itself.

const region = document.getElementById("messages");

function unanswered() {
  const notice = document.createElement("p");
  notice.className = "notice bad";
  notice.dataset.unanswered = "";
  notice.textContent = region.dataset.offline;
  region.replaceChildren(notice);
}

document.body.addEventListener("htmx:sendError", unanswered);
document.body.addEventListener("htmx:timeout", unanswered);
// It goes with the next answer.
document.body.addEventListener("htmx:afterRequest", ({ detail }) => detail.successful && region.querySelector("[data-unanswered]")?.remove());
// What is asked for while one types (a preview, results), or by the page itself, leaves the message of the last deed.
const QUIET = "input, textarea, [hx-trigger^=revealed], [hx-trigger^=load], [hx-trigger^=every]";
document.body.addEventListener("htmx:beforeRequest", ({ detail }) => detail.elt.matches(QUIET) || region.replaceChildren());
