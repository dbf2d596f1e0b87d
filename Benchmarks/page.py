"""Renders Benchmarks/RESULTS.md from what was measured."""

import operations


def count(number):
    return f"{number:,.0f}"


def percent(share):
    return f"{share * 100:.0f}%"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def requests(found, kind):
    rows = []
    for connections, by in found[kind]["by"].items():
        ours, bare, ratio = by["ours"], by["bare"], by["ratio"]
        rows.append([
            str(connections), count(ours["rate"]), count(bare["rate"]),
            f"**{percent(ratio['median'])}** ({percent(ratio['least'])} to {percent(ratio['most'])})",
            f"{ours['p50'] / 1000:.2f} / {ours['p99'] / 1000:.2f} ms"])
    return table(["connections", "gateway, a second", "bare, a second", "ratio", "gateway p50 / p99"], rows)


def processor(found):
    return table(
        ["connections", "gateway", "bare", "bare at the gateway's pace", "so the gateway's own part"],
        [[str(connections)] + [f"{by[name]['cpu']:.1f} µs" for name in ["ours", "bare", "paced"]]
         + [f"{by['ours']['cpu'] - by['paced']['cpu']:.1f} µs"] for connections, by in found["get"]["by"].items()])


def raw_writes(found):
    return table(
        ["connections", "gateway, a second", "SQLite, a second", "ratio", "written a byte of item: gateway", "SQLite"],
        [[str(connections), count(by["ours"]["rate"]), count(by["raw"]["writes_per_second"]),
          f"**{percent(by['raw']['ratio'])}**", f"{by['ours']['written'] / 1024:.1f}", f"{by['raw']['bytes_per_byte']:.1f}"]
         for connections, by in found["put"]["by"].items()])


def beside_moto(found):
    rows = []
    for kind, name in operations.NAMES.items():
        by = found["operations"][kind]
        moto = by["moto"]
        if "ours" not in by:
            rows.append([name, str(by["connections"]), "not there yet", "", "", "", count(moto["rate"]), ""])
            continue
        ours = by["ours"]
        rows.append([
            name, str(by["connections"]), count(ours["rate"]), count(ours["rate"] * by["touched"]),
            f"{ours['cpu']:.1f} µs", f"{ours['p50'] / 1000:.2f} / {ours['p99'] / 1000:.2f} ms", count(moto["rate"]),
            f"{ours['rate'] / moto['rate']:,.0f} times"])
    return table(
        ["request", "connections", "a second", "items a second", "processor time", "p50 / p99", "moto, a second", ""], rows)


def pools(found):
    pool = found["pool"]
    return table(
        ["items in the pool", "GetItem a second", "p50", "p99"],
        [[count(pool["items"][name]), count(pool[name]["rate"]), f"{pool[name]['p50'] / 1000:.2f} ms",
          f"{pool[name]['p99'] / 1000:.2f} ms"] for name in ["few", "many"]])


def neighbour(found):
    both = found["neighbour"]
    return table(
        ["the one within its rate", "p50", "p99"],
        [[name, f"{both[key]['p50'] / 1000:.2f} ms", f"{both[key]['p99'] / 1000:.2f} ms"]
         for key, name in [("alone", "alone"), ("beside", "beside the loud one")]])


def parts(found):
    decisions, signatures, openssl = found["decisions"], found["signatures"], found["openssl"]
    tokens = 1e9 / signatures["token_ns"]
    return table(["what, on one core", "figure"], [
        ["a decision of the shipped teacher's policy about GetItem: allowed",
         f"{decisions['allowed_ns']:.0f} ns, {count(1e9 / decisions['allowed_ns'])} a second"],
        ["the same: refused, another school's key",
         f"{decisions['denied_ns']:.0f} ns, {count(1e9 / decisions['denied_ns'])} a second"],
        ["a request's signature verified: fields, body's hash, canonical request, HMAC",
         f"{signatures['verify_ns']:.0f} ns, {count(1e9 / signatures['verify_ns'])} a second"],
        ["a token made and signed (ES256)",
         f"{signatures['token_ns'] / 1000:.1f} µs, {count(tokens)} a second: {percent(signatures['ratio'])} of "
         "`openssl speed`, in turn"],
        ["`openssl speed ecdsap256`", f"{count(openssl['signs'])} signatures, {count(openssl['verifies'])} verifications "
         "a second"],
    ])


def proofs(found):
    by = found["policies"]["proofs"]
    roles = sorted(name.split(":")[1] for name in by if name.startswith("role:") and name.endswith(":seconds"))

    def row(name, key):
        return [name, f"{by[key + ':seconds'] * 1000:.1f} ms", count(by[key + ":questions"]), count(by[key + ":states"])]

    together = ["all roles, one after the other", f"**{by['shipped:seconds'] * 1000:.1f} ms**",
                count(sum(by[f"role:{name}:questions"] for name in roles)),
                count(sum(by[f"role:{name}:states"] for name in roles))]
    large = row(f"a document of {by['large:allows']:.0f} Allows, {by['large:denies']:.0f} Denies and "
                f"{by['large:patterns']:.0f} patterns", "large")
    return table(["isolation proved for", "took", "questions", "states of automata"],
                 [row(f"`{name}`", f"role:{name}") for name in roles] + [together, large])


def beside_cedar(found):
    by = found["policies"]
    return table(["engine, on one core", "decisions a second"], [
        ["Homeroom", count(by["ours"])],
        [f"Cedar (cedarpy {by['version']}, policies parsed beforehand, in batches)", count(by["cedar"])]])


def agreement(found):
    """Whether both engines answered alike, in words."""
    by = found["policies"]
    if by["differing"]:
        return "They differ on: " + ", ".join(f"`{line}`" for line in by["differing"]) + "."
    return f"The answers agree on all {by['asked']} requests, of which {by['allowed']} are allowed."


def audit(found):
    """What an entry of the audit costs, and how it is found and verified."""
    plain, audited = (found[f"transactions_{name}_16_threads_per_second"] for name in ["plain", "audited"])
    alone, alone_audited = (found[f"transactions_{name}_1_threads_per_second"] for name in ["plain", "audited"])
    searches = {
        "newest": "the newest", "tenant": "of a tenant", "actor": "of an actor", "action": "of an action",
        "prefix": "of actions that begin alike", "time": "of an hour", "tenant_and_time": "of a tenant before a moment",
        "tenant_and_actor": "of a tenant by an actor", "refused": "refused, one of a hundred",
        "nothing_matches": "nothing matches: a page that has looked at as much as one may"}
    return "\n".join([
        f"A registry with {count(found['entries'])} entries of 10,000 tenants, 500 actors and 64 actions, made through its own "
        f"transactions ({count(found['fill_entries_per_second'])} entries a second, 90 in each). An entry takes "
        f"{count(found['bytes_per_entry'])} bytes, chain and indexes included.", "",
        table(["transactions that store one record, a second", "without a word", "with an entry of the audit"],
              [["one thread", count(alone), count(alone_audited)], ["16 threads", count(plain), count(audited)]]), "",
        table(["search for 50 entries", "least of 5"],
              [[text, f"{found[f'search_{name}_ms']:.1f} ms"] for name, text in searches.items()]), "",
        f"Verified: {count(found['verify_entries_per_second'])} entries a second. Memory of its own while it searches: "
        f"{found['search_memory_mb']:.0f} MB, while it verifies: {found['verify_memory_mb']:.0f} MB."])


def archives(found):
    """An export, a backup and restores of one tenant, and what the journal of a recovery window costs a write."""
    rate = found["export_items_per_second"]
    rows = [
        ["SQLite's `SELECT` of the same rows", count(found["select_items_per_second"]), ""],
        ["export", count(rate),
         f"**{percent(rate / found['select_items_per_second'])}** of the `SELECT`; "
         f"{found['export_file_bytes'] / found['export_line_bytes']:.0%} of its size is left"],
        ["backup", count(found["backup_items_per_second"]),
         f"{found['backup_disk_bytes'] / found['backup_bytes']:.0%} of its size is left"],
        ["reading a backup back", count(found["verify_items_per_second"]), ""]]
    for key, text in [("restore_all_changed", "restore of a backup, every item changed since"),
                      ("restore_nothing_changed", "the same, nothing changed"),
                      ("restore_to_moment", "restore to a moment, every item changed")]:
        rows.append([text, count(found[f"{key}_items_per_second"]),
                     f"the tenant's writes held for {found[f'{key}_held_seconds']:.1f} s"])
    journal = found["writes_per_second_with_journal"] / found["writes_per_second"]
    grown = (found["resident_kilobytes_after"] - found["resident_kilobytes_before"]) / 1024
    return "\n".join([
        f"One tenant of a pool with {count(found['items'])} items of 1 KB.", "",
        table(["what", "items a second", ""], rows), "",
        f"Memory that the export took: {grown:.0f} MB. Writes of a store whose tables keep a journal for recovery to a moment: "
        f"**{percent(journal)}** of those without ({count(found['writes_per_second_with_journal'])} and "
        f"{count(found['writes_per_second'])} a second)."])
