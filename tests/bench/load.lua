-- Sends the requests of a file (argument 1: one body a line) in turn. With `check` as argument 2 it looks into each answer for
-- errors, which costs the load generator time: for the warm-up. With BENCH_TOKEN in the environment it asks with that token.
local threads = {}

function setup(thread)
  thread:set("place", #threads)
  table.insert(threads, thread)
end

function init(arguments)
  bodies, count, wrong = {}, 0, 0
  local headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" }
  local token = os.getenv("BENCH_TOKEN")
  if token then headers["Authorization"] = "Bearer " .. token end
  for body in io.lines(arguments[1]) do
    count = count + 1
    bodies[count] = wrk.format("POST", "/graphql", headers, body)
  end
  -- Each thread begins elsewhere, so that they do not ask the same at the same time.
  turn = math.floor(count * place / 2)
  if arguments[2] == "check" then
    response = function(status, _, body)
      if status ~= 200 or body:find('"errors"', 1, true) then wrong = wrong + 1 end
    end
  end
end

function request()
  turn = turn % count + 1
  return bodies[turn]
end

function done(summary, latency)
  local wrong = summary.errors.status
  for _, thread in ipairs(threads) do wrong = wrong + (thread:get("wrong") or 0) end
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "microseconds": %d, "median": %.1f, "p99": %.1f, "wrong": %d, "failed": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), wrong,
    errors.connect + errors.read + errors.write + errors.timeout))
end
