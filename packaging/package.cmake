# SPDX-License-Identifier: GPL-2.0-or-later
# cpack makes a Debian package for the Wireshark that it was built with, and a tarball of the source.

set(PACKAGE_MAINTAINER "TCP Flow Asymmetry maintainers <maintainers@tcp-flow-asymmetry.example.org>" CACHE STRING
  "The maintainer of the Debian package: Name <address>")

set(package tcp-asymmetry-wireshark) # like the names of Debian's own: libvirt-wireshark, libndpi-wireshark
math(EXPR next_minor "${Wireshark_MINOR_VERSION} + 1")

# The package is for all users, whoever makes it. So it is a component of its own, which cmake --install leaves out.
install(TARGETS tcp-asymmetry LIBRARY DESTINATION "${Wireshark_PLUGIN_INSTALL_DIR}/epan"
  COMPONENT package EXCLUDE_FROM_ALL)

install(CODE "set(TFA_PROFILES \"${wireshark_data}/profiles\")" COMPONENT package EXCLUDE_FROM_ALL)
install(SCRIPT "${CMAKE_CURRENT_BINARY_DIR}/profile.cmake" COMPONENT package EXCLUDE_FROM_ALL)

# One version of the plugin is packaged for several series of Wireshark. The package for the later series is newer.
set(CPACK_DEBIAN_PACKAGE_RELEASE "1~wireshark${series}")

configure_file(packaging/documents.cmake.in documents.cmake @ONLY)
install(SCRIPT "${CMAKE_CURRENT_BINARY_DIR}/documents.cmake" COMPONENT package EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};${PROJECT_NAME};package;/")
set(CPACK_PACKAGE_NAME "${package}")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_CONTACT "${PACKAGE_MAINTAINER}")
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_CURRENT_SOURCE_DIR}/packaging/permissions.cmake")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "what flows in each direction of every TCP server")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"A plugin for Wireshark, tshark and sharkd. For every TCP server in a capture,
it shows what flows in each direction: how much, which flags, who retransmits,
who resets, and which side is missing. Every finding comes with a display
filter that shows the packets that prove it.

This package is for Wireshark ${series}.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Libraries of several series may be installed side by side. This package belongs to all three programs of one series.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
  "wireshark-common (>= ${series}), wireshark-common (<< ${Wireshark_MAJOR_VERSION}.${next_minor}~)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "tshark | wireshark")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# Everything except git's own files and the files that .gitignore names.
string(REGEX REPLACE "([][+.*()^$?|\\])" "\\\\\\1" top "${CMAKE_SOURCE_DIR}")
set(CPACK_SOURCE_GENERATOR TXZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME "${PROJECT_NAME}-${PROJECT_VERSION}")
set(CPACK_SOURCE_IGNORE_FILES "^${top}/build" "^${top}/[.]git/" "^${top}/[.]git$" "/__pycache__/" "/[.]pytest_cache/")
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
