/// How the page looks: on a screen by day and by night, on a phone, on paper.
enum AuditStyle {
    /// The style sheet. Colours of text keep a contrast of 4.5 and more; on paper each page carries the hash.
    /// - Parameter digest: hexadecimal digits.
    static func sheet(digest: String) -> String {
        precondition(
            digest.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "<") }, "a digest is hexadecimal")
        return screen + phone + paper.replacing("DIGEST", with: digest)
    }

    private static let screen = """
        :root{color-scheme:light dark;--page:#fff;--ink:#1c2128;--soft:#57606a;--line:#d0d7de;--wash:#f6f8fa;--link:#0a58a8;
        --good:#116329;--good-wash:#e6f6ea;--bad:#a40e26;--bad-wash:#ffeceb;--doubt:#7a4b00;--doubt-wash:#fff5d6}
        @media (prefers-color-scheme:dark){:root{--page:#0f141a;--ink:#e6edf3;--soft:#9aa7b4;--line:#3a434d;--wash:#1a2129;
        --link:#7cb7ff;--good:#6fdc8c;--good-wash:#10281a;--bad:#ff9d96;--bad-wash:#341719;--doubt:#f0c75e;--doubt-wash:#2d2410}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
        body{margin:0 auto;padding:1.5rem 1.25rem 3rem;max-width:68rem;background:var(--page);color:var(--ink);
        font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",Arial,sans-serif;overflow-wrap:break-word}
        h1,h2,h3,h4{line-height:1.25;margin:0 0 .5rem}
        h1{font-size:1.9rem;letter-spacing:-.01em}
        h2{font-size:1.4rem;margin-top:2.75rem;padding-top:1rem;border-top:2px solid var(--ink)}
        h3{font-size:1.15rem}
        h4{font-size:1rem;margin-top:1.25rem}
        p,ul,ol,dl{margin:0 0 .75rem}
        a{color:var(--link)}
        a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:3px solid var(--link);outline-offset:2px}
        :target{background:var(--doubt-wash)}
        code,pre,ol.code{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
        p code,li code,dd code,dt code,td code,th code{background:var(--wash);border-radius:3px;padding:.05em .2em;
        overflow-wrap:anywhere}
        code.hash{background:none;padding:0;overflow-wrap:anywhere}
        pre{background:var(--wash);border:1px solid var(--line);border-radius:6px;padding:.75rem 1rem;white-space:pre-wrap;
        overflow-wrap:anywhere}
        .kicker{color:var(--soft);font-weight:600;margin-bottom:.25rem}
        .lead{font-size:1.05rem}
        .source{color:var(--soft);font-size:.875rem}
        .paper{display:none}
        .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.5rem 1.5rem;margin-top:1rem}
        .facts>div:has(.hash){grid-column:1/-1}
        .facts dt,.story dt{color:var(--soft);font-size:.875rem}
        .facts dd,.story dd,.glossary dd{margin:0}
        .verdict{display:flex;gap:.75rem;align-items:flex-start;font-size:1.2rem;line-height:1.4;font-weight:600;
        border:1px solid;border-left-width:.5rem;border-radius:6px;padding:1rem}
        .more{font-weight:400}
        .verdict.good,.card.good{color:var(--good);background:var(--good-wash)}
        .verdict.bad,.card.bad{color:var(--bad);background:var(--bad-wash)}
        .verdict.doubt,.card.doubt{color:var(--doubt);background:var(--doubt-wash)}
        .cards{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:.75rem}
        .card{border:1px solid;border-radius:6px;padding:.75rem 1rem}
        .verdict code{background:none;padding:0;font-size:.95em}
        .figure{display:block;font-size:1.5rem;font-weight:700;line-height:1.2}
        .mark{font-weight:600;white-space:nowrap}
        .mark.good{color:var(--good)}.mark.bad{color:var(--bad)}.mark.doubt{color:var(--doubt)}.mark.none{color:var(--soft)}
        .marks .mark{margin-right:1.25rem}
        nav ol{columns:2;column-gap:2rem;padding-left:1.5rem}
        .scroll{overflow-x:auto;margin:0 0 1rem}
        table{border-collapse:collapse;width:100%;font-size:.9375rem}
        caption{text-align:left;color:var(--soft);font-size:.875rem;padding-bottom:.25rem}
        th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line)}
        thead th{border-bottom:2px solid var(--line);vertical-align:bottom}
        tbody th{font-weight:600}
        .figures td,.figures thead th:not(:first-child),.files td:nth-child(2),.files thead th:nth-child(2){text-align:right;
        font-variant-numeric:tabular-nums}
        .matrix{font-size:.875rem}
        .matrix td{white-space:nowrap}
        .matrix tbody{border-bottom:2px solid var(--line)}
        .matrix tbody th[scope=row],.matrix tbody th code{white-space:nowrap}
        .matrix .index{padding-left:.75rem;font-weight:400}
        .level.yes{font-weight:600}
        .level.full{color:var(--bad);font-weight:700}
        .level.limited{color:var(--ink);font-weight:600}
        .level.no,.level.nothing{color:var(--soft)}
        .level.never{color:var(--good);font-weight:600}
        .legend{list-style:none;padding:0;font-size:.9375rem}
        article{border:1px solid var(--line);border-radius:8px;padding:1rem 1.25rem;margin:0 0 1.25rem}
        article.failure{border-left:.5rem solid var(--bad)}
        .statements dt{font-weight:600;margin-top:.5rem}
        .statements dd{margin:.25rem 0 .5rem;padding-left:.9rem;border-left:3px solid var(--line)}
        .statements.deny dd{border-left-color:var(--bad)}
        .statements .source{display:block}
        .story{background:var(--bad-wash);border-radius:6px;padding:.75rem 1rem}
        .story>div{margin-bottom:.5rem}
        .findings>li{margin-bottom:1rem}
        .findings p{margin-bottom:.15rem}
        summary{cursor:pointer;font-weight:600;padding:.4rem 0}
        ol.code{margin:0;padding:.5rem .5rem .5rem 3.25rem;background:var(--wash);border-radius:6px}
        ol.code li{padding-left:.5rem}
        ol.code li::marker{color:var(--soft)}
        ol.code code{white-space:pre-wrap;background:none;padding:0;font-size:1em;overflow-wrap:anywhere}
        .glossary dt{font-weight:600}
        .glossary>div{margin-bottom:.6rem}
        footer{margin-top:2.5rem;border-top:1px solid var(--line);padding-top:.75rem;color:var(--soft);font-size:.875rem}

        """

    private static let phone = """
        @media screen and (max-width:40rem){body{padding:1rem .875rem 2rem}h1{font-size:1.5rem}h2{font-size:1.25rem}
        .verdict{font-size:1.05rem;padding:.75rem}nav ol{columns:1}article{padding:.75rem .875rem}
        .mark{white-space:normal}.matrix tbody th[scope=rowgroup]{min-width:5rem}
        ol.code{padding-left:2.5rem;font-size:.8125rem}}

        """

    private static let paper = """
        @page{size:A4;margin:20mm 16mm 18mm;
        @top-left{content:"Homeroom policy audit";font:8pt sans-serif;color:#444}
        @top-right{content:"SHA-256 DIGEST";font:7pt monospace;color:#444}
        @bottom-right{content:"page " counter(page) " of " counter(pages);font:8pt sans-serif;color:#444}}
        @media print{:root{color-scheme:light;--page:#fff;--ink:#000;--soft:#444;--line:#999;--wash:#f4f4f4;--link:#000;
        --good:#0b4a1e;--good-wash:#fff;--bad:#8a0a1f;--bad-wash:#fff;--doubt:#5e3a00;--doubt-wash:#fff}
        html{font-size:9.5pt}body{max-width:none;padding:0;line-height:1.4}
        .cards{grid-template-columns:repeat(4,1fr)}.facts{grid-template-columns:1fr 1fr}
        h1{font-size:18pt}h2{font-size:14pt;margin-top:18pt}h3{font-size:12pt}h4{font-size:10pt;margin-top:8pt}
        h1,h2,h3,h4,caption,.statements dt,thead{break-after:avoid}
        tr,.matrix tbody,.card,.verdict,.statements dd,.findings>li,.story,.glossary>div,.facts>div{break-inside:avoid}
        p,li{orphans:3;widows:3}
        a{text-decoration:none}
        details{display:none}.paper{display:block}
        .scroll{overflow:visible}
        thead{display:table-header-group}
        table{font-size:8.5pt}.matrix{font-size:7pt}.figure{font-size:13pt}.matrix th,.matrix td{padding:1.5pt 2.5pt}
        .files{font-size:8pt}.files .hash{font-size:6.5pt}
        article{border:0;border-top:1px solid var(--line);border-radius:0;padding:6pt 0 0}
        article.failure{border-left:4pt solid var(--bad);padding-left:6pt}
        ol.code{background:none;padding:2pt 0 2pt 30pt;font-size:7.5pt}
        ol.code li{break-inside:avoid}
        #access,#files{break-before:page}
        nav{break-inside:avoid}}

        """
}
