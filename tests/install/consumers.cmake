# Run by ctest; the variables are those of CMakeLists.txt beside this file.
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE out ERROR_VARIABLE out)
  message("${out}")
  set(output "${out}" PARENT_SCOPE)
endfunction()

# Every example loads three chunks and finds the right one of them.
function(run_example)
  file(REMOVE_RECURSE ${WORK}/database)
  run(${ARGN} ${WORK}/database)
  if(NOT output MATCHES "1\\. Reset a password")
    message(FATAL_ERROR "${ARGN} did not find 'Reset a password' first")
  endif()
  if(output MATCHES "Old invoices")
    message(FATAL_ERROR "${ARGN} showed a chunk that the filter excludes")
  endif()
endfunction()

# example.c by pkg-config against the tree at `prefix`, run with the library from there.
function(build_and_run_c prefix)
  set(ENV{PKG_CONFIG_PATH} ${prefix}/${LIBDIR}/pkgconfig)
  run(${PKG_CONFIG} --cflags --libs quire)
  separate_arguments(flags UNIX_COMMAND "${output}")
  run(${CC} -std=c99 -Wall -Wextra -Wpedantic -Werror ${EXAMPLE}/example.c ${flags} -o ${WORK}/example_c)
  set(ENV{LD_LIBRARY_PATH} ${prefix}/${LIBDIR})
  run_example(${WORK}/example_c)
  unset(ENV{LD_LIBRARY_PATH})
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/first)
file(RENAME ${WORK}/first ${WORK}/prefix)

run(${CMAKE_COMMAND} -S ${EXAMPLE} -B ${WORK}/find_package -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${CXX}
    -DCMAKE_C_COMPILER=${CC} -DCMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/find_package)
foreach(program example statements example_c)
  run_example(${WORK}/find_package/${program})
endforeach()

build_and_run_c(${WORK}/prefix)
run(${PKG_CONFIG} --cflags --libs quire-cpp)
separate_arguments(flags UNIX_COMMAND "${output}")
run(${CXX} -std=c++20 ${EXAMPLE}/statements.cc ${flags} -o ${WORK}/statements)
run_example(${WORK}/statements)

# Every installed header compiles alone, from installed headers only.
run(${PKG_CONFIG} --cflags quire-cpp)
separate_arguments(flags UNIX_COMMAND "${output}")
file(GLOB_RECURSE headers ${WORK}/prefix/include/*.h)
foreach(header IN LISTS headers)
  run(${CXX} -std=c++20 -fsyntax-only ${flags} -include ${header} -x c++ /dev/null)
endforeach()
list(LENGTH headers count)
if(count LESS 10)
  message(FATAL_ERROR "expected at least 10 installed headers, found ${count}")
endif()

# The Python module finds the library of its own prefix.
if(PYTHON)
  set(ENV{PYTHONPATH} ${WORK}/prefix/lib/python3/dist-packages)
  run_example(${PYTHON} -B ${EXAMPLE}/example.py)
else()
  message("Python: not tried, there is no python3")
endif()

# And so does the one of Node.
if(NODE)
  set(ENV{NODE_PATH} ${WORK}/prefix/${LIBDIR}/nodejs)
  run_example(${NODE} ${EXAMPLE}/example.js)
else()
  message("Node: not tried, there is no node with node_api.h")
endif()

# The Debian package: what is in it, and that a program can be built against it without installing it.
find_program(DPKG_DEB dpkg-deb)
if(NOT DPKG_DEB)
  message("Debian package: not tried, there is no dpkg-deb")
  return()
endif()
run(${CPACK} -G DEB --config ${BUILD}/CPackConfig.cmake -B ${WORK}/deb)
file(GLOB package ${WORK}/deb/*.deb)
run(${DPKG_DEB} --contents ${package})
foreach(path bin/quire bin/quire-load lib.*/libquire.so.0 lib.*/libquire-cpp.a include/quire/quire.h
             lib/python3/dist-packages/quire/__init__.py lib.*/pkgconfig/quire.pc)
  if(NOT output MATCHES " \\./usr/${path}")
    message(FATAL_ERROR "the package does not hold /usr/${path}")
  endif()
endforeach()
run(dpkg -x ${package} ${WORK}/root)
build_and_run_c(${WORK}/root/usr)
run(${CMAKE_COMMAND} -E env LD_LIBRARY_PATH=${WORK}/root/usr/${LIBDIR} ${WORK}/root/usr/bin/quire --version)
