-- A filter of pandoc. What the README has in tables stands there only: an empty block ::: {table=X} ::: becomes the
-- list of what the table whose first column is called X has in its rows.
--
-- SPDX-License-Identifier: GPL-2.0-or-later

local function text_of(cell)
    return pandoc.utils.stringify(cell)
end

-- The README's table whose first column has this title.
local function find_table(title)
    local file = assert(io.open('README.md'))
    local readme = pandoc.read(file:read('a'), 'gfm')
    file:close()
    local found
    readme:walk {
        Table = function(element)
            local simple = pandoc.utils.to_simple_table(element)
            if text_of(simple.headers[1]) == title then
                found = simple
            end
        end,
    }
    return assert(found, 'README.md has no table whose first column is called ' .. title)
end

-- The cells behind the first: a paragraph each, which begins with its column's title unless there is only one such column.
local function definition(headers, row)
    local paragraphs = pandoc.List {}
    for i = 2, #row do
        if text_of(row[i]) ~= '' then
            local inlines = pandoc.utils.blocks_to_inlines(row[i])
            if #row > 2 then
                inlines = pandoc.List { pandoc.Emph { pandoc.Str(text_of(headers[i]) .. ':') }, pandoc.Space() } .. inlines
            end
            paragraphs:insert(pandoc.Para(inlines))
        end
    end
    return { pandoc.utils.blocks_to_inlines(row[1]), { paragraphs } }
end

function Div(block)
    local title = block.attributes.table
    if title == nil then
        return nil
    end
    local source = find_table(title)
    return pandoc.DefinitionList(source.rows:map(function(row)
        return definition(source.headers, row)
    end))
end
