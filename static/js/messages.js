// A request that got no answer at all says so; what the server answers, it shows itself.

const region = document.getElementById("messages");

function unanswered() {
  const notice = document.createElement("p");
  notice.className = "notice bad";
  notice.textContent = region.dataset.offline;
  region.replaceChildren(notice);
}

document.body.addEventListener("htmx:sendError", unanswered);
document.body.addEventListener("htmx:timeout", unanswered);
document.body.addEventListener("htmx:beforeRequest", () => region.replaceChildren());
