cmake_minimum_required(VERSION 3.25)
# Writes FILE with the commit that SOURCE is at, if that is another than it says.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                RESULT_VARIABLE failed)
if(failed)
  set(commit "unknown")
endif()
file(CONFIGURE OUTPUT ${FILE} CONTENT "#pragma once\n#define VIADUCT_COMMIT \"@commit@\"\n" @ONLY)
