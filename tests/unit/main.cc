// The main of the unit tests: compiled once, because Catch2's takes longer than all tests together.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
