"""Why a test failed, as pytest would show it: what was given, what was expected, what came."""
