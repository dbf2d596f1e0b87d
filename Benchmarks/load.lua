-- Sends the requests of the file that HOMEROOM_BENCH_REQUESTS names, one after the other: whole HTTP requests, each behind its
-- length and a line end. They were signed beforehand.
local requests, at = {}, 0

function init(arguments)
    local file = assert(io.open(os.getenv("HOMEROOM_BENCH_REQUESTS"), "rb"))
    while true do
        local length = file:read("n")
        if not length then break end
        file:read(1)
        requests[#requests + 1] = file:read(length)
    end
    file:close()
end

function request()
    at = at % #requests + 1
    return requests[at]
end

local threads = {}

function setup(thread) table.insert(threads, thread) end

function done(summary, latency, all)
    io.write(string.format('{"requests": %d, "microseconds": %d, "failed": %d, "p50": %d, "p99": %d}\n', summary.requests,
        summary.duration, summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write +
        summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
end
