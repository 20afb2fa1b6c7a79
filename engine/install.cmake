# What `cmake --install` puts in place. For C++: engine, language and extensions as one archive, libquire-cpp.a, target
# quire::quire, quire-cpp.pc. For C and every other language: libquire.so, target quire::c, quire.pc (the library itself is
# made in extensions/bindings/c). `cpack -G DEB` makes one Debian package of all of it. Included by the root after all folders; tests/install tries it from outside.
include(CMakePackageConfigHelpers)

add_library(quire_archive STATIC)
add_library(quire::quire ALIAS quire_archive)
set_target_properties(quire_archive PROPERTIES OUTPUT_NAME quire-cpp EXPORT_NAME quire LINKER_LANGUAGE CXX)
foreach(part engine_base engine_simd engine_codec engine_graph engine_storage engine_index engine_text engine_embed engine_filter
             engine_db sql_registry sql_parse sql_bind sql_plan sql_exec extensions_ingest extensions_chat extensions_providers bindings_c)
  target_sources(quire_archive PRIVATE $<TARGET_OBJECTS:quire_${part}>)
endforeach()
target_compile_features(quire_archive PUBLIC cxx_std_20)
# What extensions are written against lies apart from what applications include.
set(extension_include ${CMAKE_INSTALL_INCLUDEDIR}/quire-extension)
target_include_directories(quire_archive INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/engine/include>
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/sql/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
  $<INSTALL_INTERFACE:${extension_include}>)
target_link_libraries(quire_archive PRIVATE
  PkgConfig::ROCKSDB PkgConfig::XXHASH PkgConfig::UTF8PROC PkgConfig::RE2 Threads::Threads
  $<BUILD_INTERFACE:${STEMMER_LIBRARY}> $<BUILD_INTERFACE:${ROARING_LIBRARY}>
  $<INSTALL_INTERFACE:cmark-gfm-extensions> $<INSTALL_INTERFACE:cmark-gfm> $<INSTALL_INTERFACE:yaml>
  $<INSTALL_INTERFACE:gumbo> $<INSTALL_INTERFACE:pugixml> $<INSTALL_INTERFACE:zip> $<INSTALL_INTERFACE:z> $<INSTALL_INTERFACE:curl>
  $<INSTALL_INTERFACE:stemmer> $<INSTALL_INTERFACE:roaring>)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/quire)
install(TARGETS quire_archive EXPORT quire ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT quire NAMESPACE quire:: FILE quireTargets.cmake DESTINATION ${package_dir})
install(DIRECTORY engine/include/quire sql/include/quire DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")
install(DIRECTORY sql/registry DESTINATION ${extension_include}/sql FILES_MATCHING PATTERN "*.h")

configure_package_config_file(engine/quireConfig.cmake.in ${PROJECT_BINARY_DIR}/quireConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/quireConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/quireConfig.cmake ${PROJECT_BINARY_DIR}/quireConfigVersion.cmake
  DESTINATION ${package_dir})

# pkg-config finds the prefix from where the file lies, so that an installed tree can be moved.
file(RELATIVE_PATH PREFIX_FROM_PKGCONFIG /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(package quire quire-cpp)
  configure_file(engine/${package}.pc.in ${PROJECT_BINARY_DIR}/${package}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${package}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

if(PROJECT_IS_TOP_LEVEL)
  set(CPACK_GENERATOR DEB)
  set(CPACK_PACKAGE_CONTACT "Quire maintainers <quire@localhost>")
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  set(CPACK_STRIP_FILES ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_SECTION database)
  set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "database that answers, embedded: shell, loader, libraries, Python module
 Stores chunks of documents with their words, attributes and vectors in one directory, finds them with a small SQL, and
 answers questions with citations. The C++ archive needs the suggested packages to link.")
  set(CPACK_DEBIAN_PACKAGE_SUGGESTS
    "librocksdb-dev, libxxhash-dev, libutf8proc-dev, libre2-dev, libcmark-gfm-dev, libcmark-gfm-extensions-dev, libyaml-dev, libgumbo-dev, libpugixml-dev, libzip-dev, zlib1g-dev, libstemmer-dev, libroaring-dev, python3, poppler-utils")
  find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
  if(DPKG_SHLIBDEPS)
    set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  endif()
  include(CPack)
endif()
