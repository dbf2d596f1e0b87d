import Accounts
import Base

/// What the page of an invitation does: asks what the invitation is for, sends the password, and says what came of it. It reads its
/// link and writes text; nothing that it is told becomes markup.
enum InvitationScript {
    static let text = #"""

        "use strict";
        const part = id => document.getElementById(id);
        const paths = {look: "v1/member-invitations/check", accept: "v1/member-invitations"};
        const least = \#(Limits.passwordCharactersMin);
        let invitation = null;
        let isBusy = false;

        function begin() {
          const said = new URLSearchParams(location.hash.slice(1));
          // What opens the invitation leaves the address at once: addresses are seen, copied and synchronised.
          history.replaceState(null, "", location.pathname);
          invitation = {};
          for (const name of ["tenant", "member", "code"]) invitation[name] = said.get(name) || "";
          part("about").hidden = part("form").hidden = part("retry").hidden = true;
          part("form").reset();
          show(false);
          wrong("");
          part("title").textContent = "Your invitation";
          if (Object.values(invitation).every(Boolean)) look();
          else tell("This page is opened by the link of an invitation. Open all of that link, or ask whoever invited you for it.");
        }

        async function look() {
          const asked = invitation;
          part("retry").hidden = true;
          tell("Looking for your invitation…");
          const {status, said} = await ask(paths.look, asked);
          if (asked !== invitation) return;
          if (status !== 200) {
            part("retry").hidden = status === 401;
            return tell(remedy(status, said));
          }
          part("name").textContent = said.name;
          part("district").textContent = said.tenantName;
          part("schools").textContent = said.schools.map(school => school.name).join(", ") || "the district itself";
          part("role").textContent = said.role.replaceAll("-", " ");
          part("until").textContent =
            new Date(said.invitationUntil).toLocaleString(undefined, {dateStyle: "long", timeStyle: "short"});
          part("member").value = said.member;
          part("about").hidden = part("form").hidden = false;
          tell("Set a password, and you can sign in.");
        }

        async function accept() {
          const password = part("password").value;
          wrong("");
          // Counted as the server does where the browser can; else it is the server's word.
          const count = window.Intl && Intl.Segmenter ? [...new Intl.Segmenter().segment(password)].length : least;
          if (count < least) return wrong(`The password has ${count} characters. It needs ${least} or more.`, "password");
          if (password !== part("again").value) return wrong("The two passwords are not the same.", "again");
          // So that programs that keep passwords know it for one.
          show(false);
          const asked = invitation;
          tell("Setting your password…");
          const {status, said} = await ask(paths.accept, {...asked, password});
          if (asked !== invitation) return;
          if (status === 400 && said.field === "password") {
            tell("");
            return wrong(said.detail[0].toUpperCase() + said.detail.slice(1) + ".", "password");
          }
          if (status !== 201) {
            const isOver = status === 401;
            part("about").hidden = part("form").hidden = isOver;
            tell(isOver ? remedy(status, said) : "");
            return isOver ? part("title").focus() : wrong(remedy(status, said));
          }
          part("title").textContent = "Your password is set";
          tell(`You can sign in as ${part("member").value} now, and close this page.`);
          part("form").hidden = true;
          part("form").reset();
          part("title").focus();
        }

        async function ask(path, body) {
          const stop = new AbortController();
          const timer = setTimeout(() => stop.abort(), 60000);
          try {
            const answer = await fetch(path, {
              method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body),
              redirect: "error", signal: stop.signal,
            });
            return {status: answer.status, said: await answer.json()};
          } catch (error) {
            return {status: 0, said: {}};
          } finally {
            clearTimeout(timer);
          }
        }

        function remedy(status, said) {
          switch (status) {
          case 401:
            return "This link is no longer good: it was used, it is too old, or there is a newer one. "
              + "If you have set a password, sign in with it. If not, ask whoever invited you for a new link.";
          case 429: {
            const seconds = Number(said.retryAfterSeconds) || 60;
            const time = seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
            return `There were too many attempts from where you are. Wait ${time}, then try again.`;
          }
          case 0: return "The server does not answer. Look whether you are online, then try again.";
          case 503: return "The server is busy. Try again in a moment.";
          default: return `Something went wrong (${status} ${said.requestId || ""}). Try again, or tell whoever invited you.`;
          }
        }

        function tell(text) { part("status").textContent = text; }

        function wrong(text, id) {
          for (const name of ["password", "again"]) part(name).setAttribute("aria-invalid", String(name === id));
          part("problem").textContent = text;
          if (id) part(id).focus();
        }

        function show(isShown) {
          part("shown").checked = isShown;
          for (const name of ["password", "again"]) part(name).type = isShown ? "text" : "password";
        }

        part("retry").addEventListener("click", look);
        part("shown").addEventListener("change", event => show(event.target.checked));
        part("form").addEventListener("submit", async event => {
          event.preventDefault();
          if (isBusy) return;
          isBusy = true;
          part("form").querySelector("button").setAttribute("aria-disabled", "true");
          try {
            await accept();
          } finally {
            isBusy = false;
            part("form").querySelector("button").removeAttribute("aria-disabled");
          }
        });
        // Another link that is opened where this page stands changes the address alone.
        addEventListener("hashchange", begin);
        begin();

        """#
}
