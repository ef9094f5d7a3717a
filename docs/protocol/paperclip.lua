-- Paperclip 1 for Wireshark and tshark (4.0 and newer): names the datagrams and, with a key log,
-- opens the packets and names their frames. How to use it: docs/protocol/debugging.md.
--
-- The tables between "-- table:" markers are made from the code by `npm run docs`; the rest is
-- written by hand. Wireshark 4.0 has no ciphers for Lua, so those that are needed are here.

local paperclip = Proto("paperclip", "Paperclip 1")

-- table:frames
local frames = {
  [0] = { name = "PADDING", fields = {  } },
  [1] = { name = "PING", fields = {  } },
  [2] = { name = "ACK", fields = { "largest", "delay", "rangeCount", "firstRange", "(gap, range)*" } },
  [3] = { name = "ACK with receive time", fields = { "receiveTime", "largest", "delay", "rangeCount", "firstRange", "(gap, range)*" } },
  [4] = { name = "WINDOW connection", fields = { "creditBytes" } },
  [5] = { name = "WINDOW channel", fields = { "channel", "creditBytes" } },
  [6] = { name = "PATH_CHALLENGE", fields = { "data" }, data_bytes = 8 },
  [7] = { name = "PATH_RESPONSE", fields = { "data" }, data_bytes = 8 },
  [8] = { name = "TIME", fields = { "epoch" } },
  [9] = { name = "CLOSE", fields = { "code", "length", "reason" } },
  [16] = { name = "MESSAGE", fields = { "channel", "messageId", "length", "data" }, is_message = true },
  [17] = { name = "MESSAGE fragment", fields = { "channel", "messageId", "totalBytes", "count", "index", "data" }, is_message = true },
  [18] = { name = "MESSAGE compressed", fields = { "channel", "messageId", "length", "data" }, is_message = true },
  [19] = { name = "MESSAGE fragment compressed", fields = { "channel", "messageId", "totalBytes", "count", "index", "data" }, is_message = true },
}
-- /table:frames

-- table:layouts
local layouts = {
  ["auth-1"] = {
    { name = "first byte", bytes = 1 },
    { name = "stage", bytes = 1 },
    { name = "suite", bytes = 1 },
    { name = "gate id", bytes = 1 },
    { name = "protocol id", bytes = 8 },
    { name = "client connection id", bytes = 4 },
    { name = "length", bytes = 2 },
    { name = "Noise message 1", bytes = "n" },
    { name = "padding", bytes = "n" },
    { name = "gate MAC", bytes = 16 },
    { name = "cookie MAC", bytes = 16 },
  },
  ["auth-2"] = {
    { name = "first byte", bytes = 1 },
    { name = "stage", bytes = 1 },
    { name = "suite", bytes = 1 },
    { name = "reserved", bytes = 1 },
    { name = "client connection id", bytes = 4 },
    { name = "length", bytes = 2 },
    { name = "Noise message 2", bytes = "n" },
  },
  ["error"] = {
    { name = "first byte", bytes = 1 },
    { name = "connection id", bytes = 4 },
    { name = "code", bytes = 2 },
  },
  ["retry"] = {
    { name = "first byte", bytes = 1 },
    { name = "client connection id", bytes = 4 },
    { name = "nonce", bytes = 16 },
    { name = "sealed cookie", bytes = 16 },
    { name = "tag", bytes = 16 },
  },
}
-- /table:layouts

-- table:codes
local codes = {
  [0] = "DONE",
  [256] = "CONNECTION",
  [257] = "NO_SPACE",
  [258] = "TICKET_INVALID",
  [259] = "FINISH_INVALID",
  [260] = "TICKET_EXPIRED",
  [261] = "TICKET_USED",
  [262] = "REPLACED",
  [263] = "CHANNELS_DIFFER",
  [264] = "PARAMETERS_INVALID",
  [512] = "DISCONNECT",
  [513] = "SERVER",
  [514] = "CLIENT",
  [768] = "PACKET",
  [769] = "VERSION",
  [770] = "TYPE",
  [771] = "FLAGS",
  [772] = "SEQUENCE",
  [773] = "FRAGMENT",
  [774] = "COMPRESSION",
  [778] = "FRAME",
  [1024] = "PROTOCOL",
  [1025] = "FLOW_CONTROL",
  [1026] = "CHANNEL",
  [1027] = "MESSAGE_SIZE",
  [1028] = "PACKET_NUMBERS",
  [1029] = "INTERNAL",
  [1030] = "KEY_UPDATE",
  [1031] = "VALUE_KEY",
}
-- /table:codes

-- Bits: Lua 5.2 (Wireshark 4.0 to 4.2) has bit32, later Luas have operators.

local bits = bit32 or load([[
  local m = 0xffffffff
  return {
    band = function(a, b) return a & b & m end,
    bor = function(a, b) return (a | b) & m end,
    bxor = function(a, b) return (a ~ b) & m end,
    bnot = function(a) return ~a & m end,
    lshift = function(a, n) return (a << n) & m end,
    rshift = function(a, n) return (a & m) >> n end,
    lrotate = function(a, n) a = a & m; return ((a << n) | (a >> (32 - n))) & m end,
  }
]])()
local band, bor, bxor, bnot = bits.band, bits.bor, bits.bxor, bits.bnot
local lshift, rshift, lrotate = bits.lshift, bits.rshift, bits.lrotate
local mask = 0xffffffff

-- SHA-256 (FIPS 180-4) and HMAC, for the keys after the first.

local function sha256_constants()
  -- The first 32 bits of the fractions of the cube roots of the first 64 primes.
  local k, n = {}, 2
  while #k < 64 do
    local prime = true
    for d = 2, math.floor(math.sqrt(n)) do
      if n % d == 0 then prime = false break end
    end
    if prime then
      -- Newton's step makes the cube root exact to a double.
      local root = n ^ (1 / 3)
      root = root - (root * root * root - n) / (3 * root * root)
      k[#k + 1] = math.floor((root % 1) * 4294967296)
    end
    n = n + 1
  end
  return k
end

local sha256_k = sha256_constants()

local function sha256(message)
  local h = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  }
  local length = #message
  message = message .. "\128" .. string.rep("\0", (55 - length) % 64) .. "\0\0\0\0"
    .. string.char(band(rshift(length, 21), 255), band(rshift(length, 13), 255),
      band(rshift(length, 5), 255), band(lshift(length, 3), 255))
  for at = 1, #message, 64 do
    local w = {}
    for i = 0, 15 do
      local a, b, c, d = message:byte(at + 4 * i, at + 4 * i + 3)
      w[i] = a * 16777216 + b * 65536 + c * 256 + d
    end
    for i = 16, 63 do
      local x, y = w[i - 15], w[i - 2]
      local s0 = bxor(bxor(lrotate(x, 25), lrotate(x, 14)), rshift(x, 3))
      local s1 = bxor(bxor(lrotate(y, 15), lrotate(y, 13)), rshift(y, 10))
      w[i] = band(w[i - 16] + s0 + w[i - 7] + s1, mask)
    end
    local a, b, c, d, e, f, g, i8 = h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8]
    for i = 0, 63 do
      local s1 = bxor(bxor(lrotate(e, 26), lrotate(e, 21)), lrotate(e, 7))
      local choice = bxor(band(e, f), band(bnot(e), g))
      local t1 = i8 + s1 + choice + sha256_k[i + 1] + w[i]
      local s0 = bxor(bxor(lrotate(a, 30), lrotate(a, 19)), lrotate(a, 10))
      local most = bxor(bxor(band(a, b), band(a, c)), band(b, c))
      i8, g, f, e = g, f, e, band(d + t1, mask)
      d, c, b, a = c, b, a, band(t1 + s0 + most, mask)
    end
    for i, v in ipairs({ a, b, c, d, e, f, g, i8 }) do h[i] = band(h[i] + v, mask) end
  end
  local out = {}
  for i, v in ipairs(h) do
    out[i] = string.char(rshift(v, 24), band(rshift(v, 16), 255), band(rshift(v, 8), 255),
      band(v, 255))
  end
  return table.concat(out)
end

local function hmac_sha256(key, message)
  key = key .. string.rep("\0", 64 - #key)
  local inner = key:gsub(".", function(c) return string.char(bxor(c:byte(), 0x36)) end)
  local outer = key:gsub(".", function(c) return string.char(bxor(c:byte(), 0x5c)) end)
  return sha256(outer .. sha256(inner .. message))
end

-- ChaCha20-Poly1305 (RFC 8439).

local function little32(text, at)
  local a, b, c, d = text:byte(at, at + 3)
  return a + b * 256 + c * 65536 + d * 16777216
end

local quarters = {
  { 1, 5, 9, 13 }, { 2, 6, 10, 14 }, { 3, 7, 11, 15 }, { 4, 8, 12, 16 },
  { 1, 6, 11, 16 }, { 2, 7, 12, 13 }, { 3, 8, 9, 14 }, { 4, 5, 10, 15 },
}

local function chacha20_block(key_words, counter, nonce_words)
  local s = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 }
  for i = 1, 8 do s[4 + i] = key_words[i] end
  s[13] = counter
  for i = 1, 3 do s[13 + i] = nonce_words[i] end
  local x = {}
  for i = 1, 16 do x[i] = s[i] end
  for _ = 1, 10 do
    for _, q in ipairs(quarters) do
      local a, b, c, d = q[1], q[2], q[3], q[4]
      local xa, xb, xc, xd = x[a], x[b], x[c], x[d]
      xa = band(xa + xb, mask) xd = lrotate(bxor(xd, xa), 16)
      xc = band(xc + xd, mask) xb = lrotate(bxor(xb, xc), 12)
      xa = band(xa + xb, mask) xd = lrotate(bxor(xd, xa), 8)
      xc = band(xc + xd, mask) xb = lrotate(bxor(xb, xc), 7)
      x[a], x[b], x[c], x[d] = xa, xb, xc, xd
    end
  end
  local out = {}
  for i = 1, 16 do
    local v = band(x[i] + s[i], mask)
    out[i] = string.char(band(v, 255), band(rshift(v, 8), 255), band(rshift(v, 16), 255),
      rshift(v, 24))
  end
  return table.concat(out)
end

-- 130 bits as ten limbs of 13: every sum of products stays below 2^32.
local function limbs_of(bytes)
  local limbs = {}
  for i = 0, 9 do
    local bit = 13 * i
    local at = math.floor(bit / 8)
    local value = (bytes[at + 1] or 0) + (bytes[at + 2] or 0) * 256 + (bytes[at + 3] or 0) * 65536
    limbs[i] = band(rshift(value, bit % 8), 0x1fff)
  end
  return limbs
end

local clamps = { 255, 255, 255, 15, 252, 255, 255, 15, 252, 255, 255, 15, 252, 255, 255, 15 }

local function poly1305(key, message)
  local clamped = {}
  for i = 1, 16 do clamped[i] = band(key:byte(i), clamps[i]) end
  local r = limbs_of(clamped)
  local h = {}
  for i = 0, 9 do h[i] = 0 end
  for at = 1, #message, 16 do
    local block = { message:byte(at, math.min(at + 15, #message)) }
    block[#block + 1] = 1
    local m = limbs_of(block)
    for i = 0, 9 do h[i] = h[i] + m[i] end
    local product, carry = {}, 0
    for i = 0, 9 do
      local sum = carry
      for j = 0, 9 do
        -- 2^130 is 5 here.
        if j <= i then sum = sum + h[j] * r[i - j] else sum = sum + 5 * h[j] * r[10 + i - j] end
      end
      product[i] = sum % 8192
      carry = math.floor(sum / 8192)
    end
    for i = 0, 9 do h[i] = product[i] end
    local i = 0
    carry = carry * 5
    while carry > 0 do
      local sum = h[i] + carry
      h[i] = sum % 8192
      carry = math.floor(sum / 8192)
      i = i + 1
      if i == 10 then i, carry = 0, carry * 5 end
    end
  end
  -- h - p, if that is not below zero: h + 5 has the 2^130 bit then.
  local reduced, carry = {}, 5
  for i = 0, 9 do
    local sum = h[i] + carry
    reduced[i] = sum % 8192
    carry = math.floor(sum / 8192)
  end
  if carry > 0 then h = reduced end
  local tag, pending, count, limb = {}, 0, 0, 0
  carry = 0
  for i = 1, 16 do
    while count < 8 do
      pending = pending + h[limb] * 2 ^ count
      count = count + 13
      limb = limb + 1
    end
    local sum = pending % 256 + key:byte(16 + i) + carry
    pending = math.floor(pending / 256)
    count = count - 8
    tag[i] = string.char(math.floor(sum % 256))
    carry = math.floor(sum / 256)
  end
  return table.concat(tag)
end

local function length64(length)
  return string.char(band(length, 255), band(rshift(length, 8), 255), 0, 0, 0, 0, 0, 0)
end

local function padded(text)
  return text .. string.rep("\0", -#text % 16)
end

-- The plaintext, or nil when the tag does not verify.
local function open(key, number, associated, sealed)
  local cipher, tag = sealed:sub(1, -17), sealed:sub(-16)
  local key_words = {}
  for i = 1, 8 do key_words[i] = little32(key, 4 * i - 3) end
  local nonce = { 0, number % 4294967296, math.floor(number / 4294967296) }
  local one_time = chacha20_block(key_words, 0, nonce):sub(1, 32)
  local mac = poly1305(one_time, padded(associated) .. padded(cipher)
    .. length64(#associated) .. length64(#cipher))
  if mac ~= tag then return nil end
  local plain = {}
  for at = 1, #cipher, 64 do
    local stream = chacha20_block(key_words, (at + 63) / 64, nonce)
    for i = at, math.min(at + 63, #cipher) do
      plain[i] = string.char(bxor(cipher:byte(i), stream:byte(i - at + 1)))
    end
  end
  return table.concat(plain)
end

-- Keys.

paperclip.prefs.keylog_file = Pref.string(
  "Key log file",
  os.getenv("PAPERCLIP_KEYLOGFILE") or "",
  "What a host or a client wrote with keyLogFile or PAPERCLIP_KEYLOGFILE"
)

-- By the connection id that stands in the packets of a direction: the chain of its keys, the
-- newest of them in use, and the largest packet number.
local directions = {}
-- What was found in each frame, so that looking at it again needs no order.
local opened = {}
local keys_read_at = -1

local function from_hex(text)
  return (text:gsub("..", function(two) return string.char(tonumber(two, 16)) end))
end

local function read_keys()
  local file = io.open(paperclip.prefs.keylog_file, "r")
  if file == nil then return end
  for line in file:lines() do
    local client, host, to_host, to_client = line:match("^PAPERCLIP1 (%x+) (%x+) (%x+) (%x+)%s*$")
    if client and #to_host == 64 and #to_client == 64 then
      for id, key in pairs({ [tonumber(host, 16)] = to_host, [tonumber(client, 16)] = to_client }) do
        local known = directions[id]
        if known == nil or known.first ~= key then
          directions[id] = { first = key, chain = { [0] = from_hex(key) }, newest = 0, largest = -1 }
        end
      end
    end
  end
  file:close()
end

function paperclip.init()
  directions, opened, keys_read_at = {}, {}, -1
end

local function direction_of(id, pinfo)
  local found = directions[id]
  if found ~= nil or paperclip.prefs.keylog_file == "" then return found end
  -- The file grows while a capture runs: look again, at most once in a second of it.
  local second = math.floor(tonumber(pinfo.abs_ts))
  if second ~= keys_read_at then
    keys_read_at = second
    read_keys()
  end
  return directions[id]
end

local function key_of(direction, generation)
  local chain = direction.chain
  for i = 1, generation do
    if chain[i] == nil then chain[i] = hmac_sha256(chain[i - 1], "paperclip 1 key update") end
  end
  return chain[generation]
end

-- RFC 9000 appendix A.3.
local function expand(largest, truncated, length)
  local window = 2 ^ (8 * length)
  local expected = largest + 1
  local candidate = expected - expected % window + truncated
  if candidate <= expected - window / 2 then return candidate + window end
  if candidate > expected + window / 2 and candidate >= window then return candidate - window end
  return candidate
end

-- A capture may begin in the middle of a connection. Then the first packets are tried with so many
-- keys, and a few small ones with so many values of the bytes of their number that are not sent.
local generations_tried_first = 8
local late = { searches = 3, sealed_bytes_max = 120, windows = 1024 }

local function search_number(direction, phase, truncated, number_length, header, sealed)
  direction.searches = (direction.searches or 0) + 1
  local key = key_of(direction, phase)
  for window = 1, late.windows do
    local number = truncated + window * 2 ^ (8 * number_length)
    local plain = open(key, number, header, sealed)
    if plain ~= nil then
      direction.newest, direction.largest = phase, number
      return { number = number, generation = phase, plain = plain }
    end
  end
  return nil
end

local function open_packet(direction, phase, truncated, number_length, header, sealed)
  local number = expand(direction.largest, truncated, number_length)
  local newest = direction.newest
  local tries = {}
  if direction.largest < 0 then
    for generation = phase, generations_tried_first, 2 do tries[#tries + 1] = generation end
  elseif newest % 2 == phase then
    tries = { newest }
  else
    tries = { newest + 1, newest - 1 }
  end
  for _, generation in ipairs(tries) do
    if generation >= 0 then
      local plain = open(key_of(direction, generation), number, header, sealed)
      if plain ~= nil then
        direction.newest = math.max(newest, generation)
        direction.largest = math.max(direction.largest, number)
        return { number = number, generation = generation, plain = plain }
      end
    end
  end
  local searches = direction.searches or 0
  if direction.largest < 0 and searches < late.searches and #sealed <= late.sealed_bytes_max then
    local found = search_number(direction, phase, truncated, number_length, header, sealed)
    if found ~= nil then return found end
  end
  return { number = number }
end

-- Fields.

local f = {
  kind = ProtoField.string("paperclip.kind", "Datagram"),
  destination = ProtoField.uint32("paperclip.destination", "Destination connection id", base.HEX),
  phase = ProtoField.uint8("paperclip.key_phase", "Key phase"),
  number = ProtoField.double("paperclip.packet_number", "Packet number"),
  truncated = ProtoField.uint32("paperclip.packet_number.truncated", "Packet number, low bytes"),
  generation = ProtoField.uint32("paperclip.key_generation", "Key generation"),
  sealed = ProtoField.bytes("paperclip.sealed", "Sealed frames"),
  tag = ProtoField.bytes("paperclip.tag", "Tag"),
  frame = ProtoField.string("paperclip.frame", "Frame"),
  code = ProtoField.string("paperclip.code", "Code"),
  message = ProtoField.bytes("paperclip.message", "Message"),
  reason = ProtoField.string("paperclip.reason", "Reason"),
  data = ProtoField.bytes("paperclip.data", "Data"),
}
local layout_fields, frame_fields = {}, {}

local function abbreviation(name)
  return (name:gsub("%W+", "_"):gsub("(%l)(%u)", "%1_%2"):lower())
end

for layout, fields in pairs(layouts) do
  layout_fields[layout] = {}
  for _, field in ipairs(fields) do
    local name = "paperclip." .. abbreviation(layout) .. "." .. abbreviation(field.name)
    local made
    if field.bytes == 1 then made = ProtoField.uint8(name, field.name, base.HEX)
    elseif field.bytes == 2 then made = ProtoField.uint16(name, field.name)
    elseif field.bytes == 4 then made = ProtoField.uint32(name, field.name, base.HEX)
    else made = ProtoField.bytes(name, field.name) end
    layout_fields[layout][field.name] = made
    f[name] = made
  end
end
for _, frame in pairs(frames) do
  for _, field in ipairs(frame.fields) do
    if frame_fields[field] == nil and field:match("^%a+$") then
      local made = ProtoField.double("paperclip." .. abbreviation(field), field)
      frame_fields[field] = made
      if field ~= "data" and field ~= "reason" then f["frame " .. field] = made end
    end
  end
end
local all = {}
for _, field in pairs(f) do all[#all + 1] = field end
paperclip.fields = all

local not_opened = ProtoExpert.new(
  "paperclip.not_opened", "The packet does not open with the keys of the key log",
  expert.group.DECRYPTION, expert.severity.WARN
)
local malformed = ProtoExpert.new(
  "paperclip.malformed", "Not a frame of Paperclip 1",
  expert.group.MALFORMED, expert.severity.ERROR
)
paperclip.experts = { not_opened, malformed }

-- Frames.

-- RFC 9000 section 16: the value and its length, or nil at the end.
local function varint(tvb, at)
  if at >= tvb:len() then return nil end
  local first = tvb(at, 1):uint()
  local length = 2 ^ math.floor(first / 64)
  if at + length > tvb:len() then return nil end
  local value = first % 64
  for i = 1, length - 1 do value = value * 256 + tvb(at + i, 1):uint() end
  return value, length
end

-- What stands in bytes and not in a varint: how long it is, by what the frame has said before. Nil
-- when that cannot be.
local function bytes_of_data(frame, seen)
  if frame.data_bytes then return frame.data_bytes end
  if seen.length then return seen.length end
  if seen.count < 2 or seen.index >= seen.count then return nil end
  local piece = math.ceil(seen.totalBytes / seen.count)
  if seen.index < seen.count - 1 then return piece end
  return seen.totalBytes - piece * (seen.count - 1)
end

local function code_name(code)
  return string.format("%d.%d %s", math.floor(code / 256), code % 256, codes[code] or "")
end

-- Where the next frame starts, or nil.
local function dissect_frame(tvb, at, tree, names)
  local start, frame = at, frames[tvb(at, 1):uint()]
  if frame == nil then
    tree:add_proto_expert_info(malformed)
    return nil
  end
  local node = tree:add(f.frame, tvb(at, 1), frame.name)
  local seen = {}
  at = at + 1
  for _, field in ipairs(frame.fields) do
    if field == "(gap, range)*" then
      for _ = 1, seen.rangeCount do
        for _, name in ipairs({ "gap", "range" }) do
          local value, length = varint(tvb, at)
          if value == nil then return nil end
          node:add(tvb(at, length), string.format("%s: %d", name, value))
          at = at + length
        end
      end
    elseif field == "data" or field == "reason" then
      local length = bytes_of_data(frame, seen)
      if length == nil or length < 0 or at + length > tvb:len() then return nil end
      local target = field == "reason" and f.reason or frame.is_message and f.message or f.data
      if length > 0 then node:add(target, tvb(at, length)) end
      at = at + length
    else
      local value, length = varint(tvb, at)
      if value == nil then return nil end
      seen[field] = value
      node:add(frame_fields[field], tvb(at, length), value)
      if field == "code" then node:add(f.code, tvb(at, length), code_name(value)) end
      at = at + length
    end
  end
  node:set_len(at - start)
  if seen.largest then node:append_text(string.format(" up to %d", seen.largest)) end
  if seen.messageId then
    node:append_text(string.format(", channel %d, id %d", seen.channel, seen.messageId))
  end
  if seen.code then node:append_text(": " .. code_name(seen.code)) end
  names[#names + 1] = frame.name
  return at
end

local function dissect_frames(tvb, tree, pinfo)
  local names, at = {}, 0
  while at ~= nil and at < tvb:len() do
    local before = #names
    at = dissect_frame(tvb, at, tree, names)
    if at == nil and #names == before then tree:add_proto_expert_info(malformed) end
  end
  -- Padding comes in hundreds.
  local told, last = {}, nil
  for _, name in ipairs(names) do
    if name ~= last then told[#told + 1] = name end
    last = name
  end
  pinfo.cols.info:append(": " .. table.concat(told, ", "))
end

-- Datagrams.

local function dissect_data(tvb, pinfo, tree, place)
  local first = tvb(0, 1):uint()
  local phase, number_length = math.floor(first / 4) % 2, first % 4 + 1
  local id, header = tvb(1, 4):uint(), 5 + number_length
  local sealed_length = tvb:len() - header - 16
  if sealed_length < 1 then return end
  local truncated = tvb(5, number_length):uint()
  tree:add(f.phase, tvb(0, 1), phase)
  tree:add(f.destination, tvb(1, 4))
  tree:add(f.truncated, tvb(5, number_length), truncated)
  local found = opened[place]
  if found == nil then
    local direction = direction_of(id, pinfo)
    if direction ~= nil then
      found = open_packet(direction, phase, truncated, number_length,
        tvb:raw(0, header), tvb:raw(header))
      opened[place] = found
    end
  end
  local sealed = tree:add(f.sealed, tvb(header, sealed_length))
  tree:add(f.tag, tvb(tvb:len() - 16, 16))
  if found == nil or found.plain == nil then
    pinfo.cols.info:append(string.format("Data to %08x", id))
    if found ~= nil then sealed:add_proto_expert_info(not_opened) end
    return
  end
  tree:add(f.number, tvb(5, number_length), found.number):set_generated()
  tree:add(f.generation, tvb(0, 1), found.generation):set_generated()
  pinfo.cols.info:append(string.format("Data %d to %08x", found.number, id))
  local inside = ByteArray.new(found.plain, true):tvb("Opened frames")
  dissect_frames(inside, tree, pinfo)
end

local function dissect_layout(layout, tvb, tree)
  local at = 0
  local length
  for _, field in ipairs(layouts[layout]) do
    local size = field.bytes
    if size == "n" then
      -- The Noise message is as long as the field before it says; padding ends where MACs begin.
      size = field.name == "padding" and math.max(0, 1168 - at) or length or tvb:len() - at
    end
    if at + size > tvb:len() then return end
    local range = size > 0 and tvb(at, size)
    if range then
      local node = tree:add(layout_fields[layout][field.name], range)
      if field.name == "length" then length = range:uint() end
      if field.name == "code" then node:append_text(" " .. code_name(range:uint())) end
    end
    at = at + size
  end
end

local titles = {
  ["auth-1"] = "AUTH 1",
  ["auth-2"] = "AUTH 2",
  error = "ERROR",
  retry = "RETRY",
}

-- The layout of a handshake datagram; "data" for a packet; nil for anything else.
local function kind_of(tvb)
  local length = tvb:len()
  if length < 7 then return nil end
  local first = tvb(0, 1):uint()
  if first >= 0x18 and first <= 0x1f then return length >= 23 and "data" or nil end
  if first == 0x12 then
    local stage = tvb(1, 1):uint()
    if stage == 1 and length == 1200 then return "auth-1" end
    return stage == 2 and length > 10 and "auth-2" or nil
  end
  if first == 0x14 then return length == 7 and "error" or nil end
  if first == 0x15 then return length == 53 and "retry" or nil end
  return nil
end

-- Where a packet ends. Linux may hand several to the network card as one, all but the last of one
-- length, and captures show them so: then the next one's header stands there.
local function packet_end(raw, at)
  local id = raw:sub(at + 2, at + 5)
  local next_id = at + 23
  while true do
    next_id = raw:find(id, next_id + 2, true)
    if next_id == nil then return #raw end
    local first = raw:byte(next_id - 1)
    if first >= 0x18 and first <= 0x1f and #raw - next_id >= 21 then return next_id - 2 end
  end
end

function paperclip.dissector(tvb, pinfo, root)
  local kind = kind_of(tvb)
  if kind == nil then return 0 end
  pinfo.cols.protocol = "Paperclip"
  if kind ~= "data" then
    local tree = root:add(paperclip, tvb(), "Paperclip 1, " .. titles[kind])
    tree:add(f.kind, tvb(0, 1), titles[kind])
    pinfo.cols.info = titles[kind]
    dissect_layout(kind, tvb, tree)
    return tvb:len()
  end
  pinfo.cols.info = ""
  local raw, at = tvb:raw(), 0
  while at < tvb:len() do
    local to = packet_end(raw, at)
    local part = tvb(at, to - at)
    local tree = root:add(paperclip, part, "Paperclip 1, Data")
    tree:add(f.kind, tvb(at, 1), "Data")
    if at > 0 then pinfo.cols.info:append("; ") end
    dissect_data(part:tvb(), pinfo, tree, pinfo.number .. "/" .. at)
    at = to
  end
  return tvb:len()
end

-- A first byte says little of a packet: one is taken for ours when its conversation began with a
-- handshake, or when the key log knows its connection.
paperclip:register_heuristic("udp", function(tvb, pinfo, root)
  local kind = kind_of(tvb)
  if kind == nil or kind == "error" then return false end
  if kind == "data" and direction_of(tvb(1, 4):uint(), pinfo) == nil then return false end
  if kind ~= "data" then pinfo.conversation = paperclip end
  paperclip.dissector(tvb, pinfo, root)
  return true
end)

DissectorTable.get("udp.port"):add_for_decode_as(paperclip)
