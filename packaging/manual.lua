-- A filter for pandoc. The manual page takes its text from the documents, so that each text exists only once. An empty
-- block ::: {section="Title" file=docs/manual.md} ::: becomes the text of that section of that file.
--
-- A manual page has no tables, links or pictures. A table becomes a list and a link its text. Pictures are left out.
--
-- SPDX-License-Identifier: GPL-2.0-or-later

local stringify = pandoc.utils.stringify

-- The blocks after the header with this title, up to the next header of the same level or a higher one. Headers in
-- between keep their levels below the page's section.
local function section_of(path, title)
    local file = assert(io.open(path))
    local document = pandoc.read(file:read('a'), 'gfm')
    file:close()
    local blocks, level = pandoc.Blocks {}, nil
    for _, block in ipairs(document.blocks) do
        if block.t == 'Header' and level and block.level <= level then
            break
        elseif level and block.t == 'Header' then
            blocks:insert(pandoc.Header(block.level - level + 1, block.content))
        elseif level then
            blocks:insert(block)
        elseif block.t == 'Header' and stringify(block) == title then
            level = block.level
        end
    end
    assert(#blocks > 0, path .. ' has no section ' .. title)
    return blocks
end

-- A paragraph for each cell after the first. It begins with the title of its column unless there is only one.
local function definition(headers, row)
    local paragraphs = pandoc.List {}
    for i = 2, #row do
        if stringify(row[i]) ~= '' then
            local inlines = pandoc.utils.blocks_to_inlines(row[i])
            if #row > 2 then
                inlines = pandoc.List { pandoc.Emph { pandoc.Str(stringify(headers[i]) .. ':') }, pandoc.Space() } .. inlines
            end
            paragraphs:insert(pandoc.Para(inlines))
        end
    end
    return { pandoc.utils.blocks_to_inlines(row[1]), { paragraphs } }
end

local for_a_manual_page = {
    Table = function(block)
        local simple = pandoc.utils.to_simple_table(block)
        return pandoc.DefinitionList(simple.rows:map(function(row)
            return definition(simple.headers, row)
        end))
    end,
    Link = function(link)
        return link.content
    end,
    Image = function()
        return {}
    end,
}

function Div(block)
    if block.attributes.section then
        return section_of(block.attributes.file, block.attributes.section):walk(for_a_manual_page)
    end
end
