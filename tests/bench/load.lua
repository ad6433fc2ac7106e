-- Sends the requests of a file (argument 1: one body a line) in turn. With `check` as argument 2 it looks into each answer for
-- errors, which costs the load generator time: for the warm-up. With `write` it does so, too, and each round counts on what a
-- write says of the version that was seen, and the city that it gives. With BENCH_TOKEN in the environment it asks with that token.
local threads = {}

function setup(thread)
  thread:set("place", #threads)
  table.insert(threads, thread)
end

function init(arguments)
  bodies, count, wrong, round = {}, 0, 0, 0
  headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" }
  local token = os.getenv("BENCH_TOKEN")
  if token then headers["Authorization"] = "Bearer " .. token end
  local write, line = arguments[2] == "write", 0
  for body in io.lines(arguments[1]) do
    line = line + 1
    -- Two threads would not know of each other's versions: each has half of what is written.
    if not write or line % 2 == place then
      count = count + 1
      bodies[count] = write and body or wrk.format("POST", "/graphql", headers, body)
    end
  end
  -- Each thread begins elsewhere, so that they do not ask the same at the same time.
  turn = write and 0 or math.floor(count * place / 2)
  -- Before it begins, wrk looks at a request of the first thread, and does not send it.
  if write and place == 0 then turn = -1 end
  if arguments[2] then
    response = function(status, _, body)
      if status ~= 200 or body:find('"errors"', 1, true) or body:find('"userErrors":[{', 1, true) then wrong = wrong + 1 end
    end
  end
  if write then request = next_write end
end

function next_write()
  if turn == count then turn, round = 0, round + 1 end
  turn = turn + 1
  local function later(before, number) return before .. string.format("%d", number + round) end
  local body = bodies[math.max(turn, 1)]:gsub('("expectedVersion": )(%d+)', later):gsub('("city": "City )(%d+)', later)
  return wrk.format("POST", "/graphql", headers, body)
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
