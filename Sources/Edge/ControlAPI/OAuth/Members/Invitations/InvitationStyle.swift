/// How the page of an invitation looks: by light and by dark, on a telephone, with large letters.
enum InvitationStyle {
    static let text = """

        :root { color-scheme: light dark; --line: #767676; --soft: #8882; --strong: #0b57d0; --on: #fff; --wrong: #b3261e; }
        @media (prefers-color-scheme: dark) { :root { --strong: #8ab4f8; --on: #10141c; --wrong: #f2b8b5; } }
        * { box-sizing: border-box; }
        [hidden] { display: none !important; }
        body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; }
        main { max-width: 30rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
        h1 { margin: 0 0 1rem; font-size: 1.6rem; line-height: 1.25; outline: none; }
        p { margin: 0 0 1rem; }
        dl { margin: 0 0 1.5rem; padding: .5rem 1rem; background: var(--soft); border-radius: .5rem; }
        dl div { display: flex; gap: 1rem; padding: .25rem 0; }
        dt { flex: 0 0 6rem; }
        dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; min-width: 0; }
        label { display: block; font-weight: 600; }
        .hint { margin: 0; }
        input[type=text], input[type=password] {
          display: block; width: 100%; min-height: 2.75rem; margin: .25rem 0 1.25rem; padding: .5rem .75rem;
          font: inherit; border: 1px solid var(--line); border-radius: .4rem;
        }
        input[readonly] { background: var(--soft); }
        input[aria-invalid=true] { border: 2px solid var(--wrong); }
        .choice { display: flex; align-items: center; gap: .5rem; min-height: 2.75rem; margin-bottom: .5rem; font-weight: 400; }
        .choice input { width: 1.25rem; height: 1.25rem; margin: 0; }
        .problem { color: var(--wrong); font-weight: 600; }
        .problem:empty { margin: 0; }
        button {
          width: 100%; min-height: 3rem; padding: .5rem 1rem; font: inherit; font-weight: 600; color: var(--on);
          background: var(--strong); border: 1px solid transparent; border-radius: .4rem; cursor: pointer;
        }
        button[aria-disabled=true] { opacity: .6; cursor: default; }
        :focus-visible { outline: 3px solid var(--strong); outline-offset: 2px; }

        """
}
