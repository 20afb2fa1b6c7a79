# Run by ctest; the variables are those of CMakeLists.txt beside this file.
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE out ERROR_VARIABLE out)
  message("${out}")
  set(output "${out}" PARENT_SCOPE)
endfunction()

# The example loads three chunks and finds the right one of them.
function(run_example program)
  file(REMOVE_RECURSE ${WORK}/database)
  run(${program} ${WORK}/database)
  if(NOT output MATCHES "1\\. Reset a password")
    message(FATAL_ERROR "${program} did not find 'Reset a password' first")
  endif()
  if(output MATCHES "Old invoices")
    message(FATAL_ERROR "${program} showed a chunk that the filter excludes")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/first)
file(RENAME ${WORK}/first ${WORK}/prefix)

run(${CMAKE_COMMAND} -S ${EXAMPLE} -B ${WORK}/find_package -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${CXX}
    -DCMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/find_package)
run_example(${WORK}/find_package/example)

set(ENV{PKG_CONFIG_PATH} ${WORK}/prefix/${LIBDIR}/pkgconfig)
run(${PKG_CONFIG} --cflags --libs quire)
separate_arguments(flags UNIX_COMMAND "${output}")
run(${CXX} -std=c++20 ${EXAMPLE}/example.cc ${flags} -o ${WORK}/example)
run_example(${WORK}/example)

# Every installed header compiles alone, from installed headers only.
run(${PKG_CONFIG} --cflags quire)
separate_arguments(flags UNIX_COMMAND "${output}")
file(GLOB_RECURSE headers ${WORK}/prefix/include/*.h)
foreach(header IN LISTS headers)
  run(${CXX} -std=c++20 -fsyntax-only ${flags} -include ${header} -x c++ /dev/null)
endforeach()
list(LENGTH headers count)
if(count LESS 10)
  message(FATAL_ERROR "expected at least 10 installed headers, found ${count}")
endif()
