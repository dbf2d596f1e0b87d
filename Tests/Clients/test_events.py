"""What happened, in the order of the commits: long polls, the command line, a server that is killed, and whose events are whose."""

import json
import subprocess
import threading
import time

from conftest import binary, plain_environment


def events(server, query="", key=None):
    answer = server.api("GET", f"/v1/events?limit=500{query}", key=key)
    assert answer.status == 200, answer.text
    return answer.json


def all_events(server, after=0):
    found, next_ = [], str(after)
    while True:
        page = events(server, f"&after={next_}")
        found += page["events"]
        next_ = page["next"]
        if page["isEnd"]:
            return found


def test_events_come_in_order_without_gaps(server):
    tenants = [server.onboard(f"District {number}").json["tenant"]["id"] for number in range(3)]
    found = all_events(server)
    assert [event["sequence"] for event in found] == list(range(1, len(found) + 1))
    assert [event["time"] for event in found] == sorted(event["time"] for event in found)
    assert [event["tenant"] for event in found if event["type"] == "tenant.onboarded"] == tenants
    assert all(isinstance(event["payload"], dict) for event in found)
    of_one = events(server, f"&tenant={tenants[1]}&type=tenant.")["events"]
    assert of_one and all(event["tenant"] == tenants[1] and event["type"].startswith("tenant.") for event in of_one)
    assert events(server, "&since=1h")["events"] == found
    assert events(server, "&since=2100-01-01")["events"] == []


def test_a_tenants_key_gets_its_own_alone(server):
    answers = [server.onboard(f"District {number}").json for number in range(2)]
    own, other = (answer["tenant"]["id"] for answer in answers)
    key = answers[0]["credentials"]["key"]
    for query in ["", f"&tenant={own}"]:
        found = events(server, query, key)["events"]
        assert found and {event["tenant"] for event in found} == {own}
    assert server.api("GET", f"/v1/events?tenant={other}", key=key).status == 404
    assert server.api("GET", "/v1/events", key="").status == 401
    assert server.api("GET", "/v1/events?wait=21").status == 400
    assert server.api("GET", "/v1/events?after=-1").status == 400
    assert server.api("GET", "/v1/events?since=yesterday").status == 400


def test_a_long_poll_wakes_on_commit(server):
    last = events(server)["next"]
    found = []
    waiter = threading.Thread(target=lambda: found.append(
        (events(server, f"&after={last}&wait=20&type=tenant."), time.monotonic())))
    waiter.start()
    while "/v1/events" not in server.api("GET", "/metrics").text and not waiter.is_alive():
        pass
    begun = time.monotonic()
    assert server.onboard("Springfield USD").status == 201
    waiter.join(20)
    assert not waiter.is_alive()
    page, at = found[0]
    assert page["events"][0]["type"].startswith("tenant.")
    assert at - begun < 10
    # A stop does not wait for those who wait.
    waiter = threading.Thread(target=lambda: server.http.request(
        "GET", f"{server.control}/v1/events?after={all_events(server)[-1]['sequence']}&wait=20",
        headers={"Authorization": f"Bearer {server.admin_key}"}))
    waiter.start()
    begun = time.monotonic()
    assert server.terminate() == 0
    assert time.monotonic() - begun < 10
    waiter.join(20)


def test_the_command_line_lists_and_says_what_it_wants(server):
    tenant = server.onboard("Springfield USD").json["tenant"]["id"]
    server.onboard("Shelbyville")
    listed = server.cli("events", "tail", "--tenant", "Springfield USD", "--since", "all").stdout
    assert "tenant.onboarded" in listed and all(tenant in line for line in listed.splitlines())
    lines = [json.loads(line) for line in server.cli("events", "tail", "--json").stdout.splitlines()]
    assert lines == all_events(server)
    last = server.cli("events", "tail", "--json", "--after", str(lines[-2]["sequence"])).stdout.splitlines()
    assert [json.loads(line) for line in last] == lines[-1:]
    refused = server.cli("events", "tail", "--since", "yesterday", check=False)
    assert refused.returncode == 2 and "`yesterday`" in refused.stderr


def test_a_tail_misses_none_and_gets_none_twice_over_kills(server):
    control = server.control.removeprefix("http://")
    tail = subprocess.Popen(
        [binary(), "events", "tail", "--follow", "--since", "all", "--json", "--data", str(server.data), "--server",
         server.control], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=plain_environment())
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(json.loads(line) for line in tail.stdout))
    reader.start()
    acknowledged, counter, is_over = [], iter(range(10_000)), threading.Event()

    def onboard():
        while not is_over.is_set():
            try:
                answer = server.onboard(f"District {next(counter)}")
            except Exception:  # it was killed meanwhile
                continue
            if answer.status == 201:
                acknowledged.append(answer.json["tenant"]["id"])

    server.onboard("District")
    for _ in range(3):
        is_over.clear()
        threads = [threading.Thread(target=onboard) for _ in range(4)]
        for thread in threads:
            thread.start()
        count = len(acknowledged)
        server.wait_for(lambda: len(acknowledged) >= count + 5, seconds=60)
        server.kill()
        is_over.set()
        for thread in threads:
            thread.join()
        server.start("--control", control)
    last = server.onboard("The last").json["tenant"]["id"]
    server.wait_for(lambda: any(
        event["type"] == "tenant.onboarded" and event["tenant"] == last for event in list(lines)), seconds=30)
    tail.terminate()
    reader.join()
    tail.stderr.close()
    tail.wait()
    kept = [event for event in all_events(server) if event["sequence"] <= lines[-1]["sequence"]]
    assert lines == kept
    assert [event["sequence"] for event in kept] == list(range(1, len(kept) + 1))
    onboarded = [event["tenant"] for event in kept if event["type"] == "tenant.onboarded"]
    assert len(onboarded) == len(set(onboarded))
    assert set(acknowledged) <= set(onboarded)
    for tenant in acknowledged:
        order = [event["type"] for event in kept if event["tenant"] == tenant]
        assert order.index("tenant.onboarded") >= 0 and order == [
            event["type"] for event in events(server, f"&tenant={tenant}")["events"]]
