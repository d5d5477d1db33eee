# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the library page, the parts of a page: the files beside this one, and dygraphs, which is not in
# this repository.

set(DYGRAPHS_DIR "/usr/share/javascript/dygraphs" CACHE PATH "The folder of dygraph.min.js and dygraph.min.css")
foreach(type css js)
  find_file(dygraphs_${type} dygraph.min.${type} PATHS "${DYGRAPHS_DIR}" NO_DEFAULT_PATH NO_CACHE)
endforeach()
if(NOT dygraphs_css OR NOT dygraphs_js)
  message(WARNING "dygraphs was not found: dygraph.min.js and dygraph.min.css are not both in ${DYGRAPHS_DIR}. The "
    "plugin is built without format=html. On Debian and Ubuntu they are in the package libjs-dygraphs: apt install "
    "libjs-dygraphs. If they are elsewhere, give their folder: cmake -DDYGRAPHS_DIR=FOLDER")
  unset(dygraphs_css)
  unset(dygraphs_js)
endif()

set(folder "${CMAKE_CURRENT_LIST_DIR}")
set(source "${CMAKE_CURRENT_BINARY_DIR}/page.c")
set(files "${folder}/report.html" "${folder}/report.css" "${folder}/report.js")
add_custom_command(OUTPUT "${source}"
  COMMAND "${CMAKE_COMMAND}" "-Dsource=${source}" "-Dfolder=${folder}" "-Dchart_style=${dygraphs_css}"
    "-Dchart_script=${dygraphs_js}" -P "${folder}/embed.cmake"
  DEPENDS "${folder}/embed.cmake" ${files} ${dygraphs_css} ${dygraphs_js}
  COMMENT "Making page.c" VERBATIM)
add_library(page STATIC "${source}")
target_include_directories(page PRIVATE "${PROJECT_SOURCE_DIR}/plugin")
set_target_properties(page PROPERTIES POSITION_INDEPENDENT_CODE ON)
