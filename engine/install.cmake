# What `cmake --install` puts in place: the engine and the language as one archive, their headers, and what
# find_package(quire) and pkg-config read. Included by the root after all folders; tests/install tries it from outside.
include(CMakePackageConfigHelpers)

add_library(quire_archive STATIC)
add_library(quire::quire ALIAS quire_archive)
set_target_properties(quire_archive PROPERTIES OUTPUT_NAME quire EXPORT_NAME quire LINKER_LANGUAGE CXX)
foreach(part engine_base engine_simd engine_codec engine_graph engine_storage engine_index engine_text engine_embed engine_filter
             engine_db sql_registry sql_parse sql_bind sql_plan sql_exec)
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
  PkgConfig::ROCKSDB PkgConfig::XXHASH PkgConfig::UTF8PROC Threads::Threads
  $<BUILD_INTERFACE:${STEMMER_LIBRARY}> $<BUILD_INTERFACE:${ROARING_LIBRARY}>
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
configure_file(engine/quire.pc.in ${PROJECT_BINARY_DIR}/quire.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/quire.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
