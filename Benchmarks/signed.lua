-- Sends the requests of a file made by `bench-tool requests`, in turn; each thread begins at a place of its own.
-- Usage: wrk … -s signed.lua URL -- FILE. Ends with one line of JSON.

local requests = {}
local count = 0
local threads = 0
local position = 0

function setup(thread)
   thread:set("number", threads)
   threads = threads + 1
end

function init(arguments)
   local file = assert(io.open(arguments[1], "rb"))
   while true do
      local head = file:read(9)
      if not head then break end
      count = count + 1
      requests[count] = file:read(tonumber(head))
   end
   file:close()
   assert(count > 0, "the file holds no request")
   position = number * 7919 % count
end

function request()
   position = position % count + 1
   return requests[position]
end

function done(summary, latency, _)
   local errors = summary.errors
   io.write(string.format(
      'RESULT {"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, "p50": %d, "p99": %d}\n',
      summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
      latency:percentile(50), latency:percentile(99)))
end
