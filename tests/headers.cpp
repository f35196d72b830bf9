// Nothing: with TWS_PRECOMPILED_HEADERS its target precompiles the headers of all tests.
