-- Prints which frames each display filter shows. The file that the environment variable TFA_FILTERS
-- names has a filter in each line; the output has a line for each of them: "Frames: NUMBER FRAME...".
--
-- SPDX-License-Identifier: GPL-2.0-or-later

local function listen(number, filter)
    local frames = {}
    local tap = Listener.new('frame', filter)
    function tap.packet(pinfo)
        frames[#frames + 1] = pinfo.number
    end
    function tap.draw()
        print('Frames: ' .. number .. ' ' .. table.concat(frames, ' '))
    end
end

local number = 0
for filter in io.lines(os.getenv('TFA_FILTERS')) do
    listen(number, filter)
    number = number + 1
end
