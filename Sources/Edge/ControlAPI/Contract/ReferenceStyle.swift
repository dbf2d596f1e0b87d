/// How the reference looks: by light and by dark, on a small screen and on paper.
enum ReferenceStyle {
    static let text = """

        :root { color-scheme: light dark; --line: #8885; --soft: #8882; --strong: #0b57d0; }
        @media (prefers-color-scheme: dark) { :root { --strong: #8ab4f8; } }
        * { box-sizing: border-box; }
        body { margin: 0; font: 16px/1.5 system-ui, sans-serif; display: grid; grid-template-columns: 14rem minmax(0, 1fr); }
        nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem 1rem; border-right: 1px solid var(--line); }
        nav a, nav strong { display: block; padding: .15rem .5rem; }
        main { padding: 1rem 2rem 6rem; max-width: 68rem; }
        a { color: var(--strong); text-decoration: none; }
        a:hover, a:focus { text-decoration: underline; }
        h2 { margin: 3rem 0 1rem; padding-bottom: .3rem; border-bottom: 2px solid var(--line); }
        h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; }
        h3 a { color: inherit; }
        article { margin: 1.5rem 0; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; }
        article:target { border-color: var(--strong); }
        .method { display: inline-block; min-width: 4.2rem; font-weight: 700; color: var(--strong); }
        .may { color: GrayText; font-size: .85rem; }
        code, pre { font: .9em/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
        pre { padding: .75rem; background: var(--soft); border-radius: .4rem; white-space: pre-wrap; }
        table { width: 100%; border-collapse: collapse; margin: .75rem 0; font-size: .93rem; }
        caption { text-align: left; font-weight: 600; padding: .25rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-top: 1px solid var(--line); }
        tbody th { font-weight: 400; white-space: nowrap; padding-right: 1.5rem; }
        tbody th.statuses { white-space: normal; width: 14rem; }
        td table { margin: .25rem 0 .5rem; }
        @media (max-width: 50rem) {
          body { display: block; }
          main { padding: 1rem; }
          nav { position: static; height: auto; border: 0; columns: 2; }
          tbody th { white-space: normal; overflow-wrap: anywhere; }
        }
        @media print { nav { display: none; } body { display: block; } article { break-inside: avoid; } }

        """
}
