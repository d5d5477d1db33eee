# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the C source ${source}: the parts of a page as bytes. A part whose file is empty or not named is empty.

# Appends the constant @name with the bytes of @file. They stand in an HTML element, so nothing in them may end it. A
# reference to a source map is removed, because a browser would try to load it.
function(add_part name file)
  set(text "")
  if(file)
    file(READ "${file}" text)
  endif()
  string(REGEX REPLACE "(//|/[*])# sourceMappingURL=[^\n]*" "" text "${text}")
  if(file MATCHES "[.]js$")
    string(REPLACE "</script" "<\\/script" text "${text}")
    string(REPLACE "<!--" "<\\!--" text "${text}")
  endif()
  string(HEX "${text}" hex)
  string(LENGTH "${text}" size)
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  file(APPEND "${source}" "static const unsigned char ${name}_bytes[] = {\n${bytes}0};\n"
    "const struct page_part page_${name} = {${name}_bytes, ${size}};\n")
endfunction()

file(WRITE "${source}" "/* Made by embed.cmake. */\n#include \"output/page.h\"\n\n")
add_part(template "${folder}/report.html")
add_part(style "${folder}/report.css")
add_part(script "${folder}/report.js")
add_part(chart_style "${chart_style}")
add_part(chart_script "${chart_script}")
