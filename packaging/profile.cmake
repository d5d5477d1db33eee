# SPDX-License-Identifier: GPL-2.0-or-later
# The configuration profile: root installs it for everybody. Other users have profiles in their configuration folder, with
# their changes in it, so they copy it there themselves.

set(profile_name "TCP Flow Asymmetry")
set(PROFILE_FOLDER "" CACHE PATH "Wireshark's folder of global profiles. Empty: that of the installed Wireshark if root \
installs the plugin for everybody; otherwise the profile is not installed")

# The tshark of the Wireshark that was found. Without one, Wireshark's data has the place that its own cmake gives it.
find_program(folder_teller tshark HINTS "${Wireshark_INSTALL_PREFIX}/bin")
mark_as_advanced(folder_teller)
if(folder_teller)
  execute_process(COMMAND "${folder_teller}" -G folders OUTPUT_VARIABLE folders ERROR_QUIET)
endif()
if(folders MATCHES "Global configuration:[ \t]*([^\n]+)")
  set(wireshark_data "${CMAKE_MATCH_1}")
else()
  set(wireshark_data "${Wireshark_INSTALL_PREFIX}/share/wireshark")
endif()

if(PROFILE_FOLDER)
  set(profiles "${PROFILE_FOLDER}")
elseif(user_id EQUAL 0 AND NOT PLUGIN_FOLDER)
  set(profiles "${wireshark_data}/profiles")
else()
  set(profiles "")
endif()

configure_file(packaging/profile.cmake.in profile.cmake @ONLY)
install(CODE "set(TFA_PROFILES \"${profiles}\")")
install(SCRIPT "${CMAKE_CURRENT_BINARY_DIR}/profile.cmake")
if(profiles)
  set(remove_profile COMMAND "${CMAKE_COMMAND}" -E rm -rf "${profiles}/${profile_name}")
endif()
