-- Prints when the first and the last frame was captured that each display filter shows. The file that
-- the environment variable TFA_FILTERS names has a filter in each line; the output has a line for each
-- of them that shows something: "Shown: NUMBER FIRST LAST".
--
-- SPDX-License-Identifier: GPL-2.0-or-later

local epoch = Field.new('frame.time_epoch')

local function is_before(a, b)
    return a.secs < b.secs or (a.secs == b.secs and a.nsecs < b.nsecs)
end

local function text_of(time)
    return string.format('%d.%09d', time.secs, time.nsecs)
end

local function listen(number, filter)
    local first, last
    local tap = Listener.new('frame', filter)
    function tap.packet()
        local time = epoch().value
        local copy = { secs = time.secs, nsecs = time.nsecs }
        if not first or is_before(copy, first) then first = copy end
        if not last or is_before(last, copy) then last = copy end
    end
    function tap.draw()
        if first then print('Shown: ' .. number .. ' ' .. text_of(first) .. ' ' .. text_of(last)) end
    end
end

local number = 0
for filter in io.lines(os.getenv('TFA_FILTERS')) do
    listen(number, filter)
    number = number + 1
end
